import { joinEvent, readMasters } from '../../domains/calendar/join.ts';
import type { Change } from '../../engine/model.ts';
import type { Fields } from '../../lib/json.ts';
import type { ApiPorts } from '../ports.ts';
import { DOMAIN } from './open-calendar.ts';

/**
 * Rows of the feed as they are read: both sides of an event are joined with its master as it stands now (P18). Rows of other
 * domains, and those that are of no event, are as they are.
 */
export async function joinChanges(
  ports: Pick<ApiPorts, 'store'>,
  connectionId: string,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  const isEvent = ({ domain, type }: Change): boolean => domain === DOMAIN && type.startsWith('event.');
  const sides = changes.filter(isEvent).flatMap(({ before, after }) => [before, after]);
  const items = sides.filter((side): side is Fields => side !== null);
  const masters = await readMasters(ports.store, { connectionId, domain: DOMAIN }, items);
  const join = (side: Fields | null): Fields | null => (side === null ? null : joinEvent(side, masters));
  return changes.map((change) =>
    isEvent(change) ? { ...change, before: join(change.before), after: join(change.after) } : change,
  );
}
