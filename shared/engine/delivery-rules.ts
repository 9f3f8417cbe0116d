import { matchesPattern } from './change-types.ts';
import type { Delivery, Endpoint } from './delivery-ports.ts';

/** What is kept of a delivery that nothing brings any more. */
export const givenUp = (delivery: Delivery, why: string): Delivery => ({
  ...delivery,
  status: 'failed',
  nextAttemptAt: null,
  lastError: why,
});

/** True where a type of the feed is one that these patterns ask for. `feed.gap` is told to all (a gap must not be silent). */
export const matchesTypes = (patterns: readonly string[], type: string): boolean =>
  type === 'feed.gap' || patterns.some((pattern) => matchesPattern(pattern, type));

/** True where an endpoint is to be told of a connection. One without a workspace belongs to the endpoints of all. */
export const serves = (endpoint: Endpoint, connection: { readonly workspaceId: string | null }): boolean =>
  endpoint.deletedAt === null && (endpoint.workspaceId === null || endpoint.workspaceId === connection.workspaceId);
