import type { ServerResponse } from 'node:http';
import type { Executor } from '../execution.ts';
import type { RouteValues } from '../routing/route.ts';
import type { HttpFunction } from '../routing/table.ts';
import type { HostRequest } from './host-request.ts';

/** One request on its way to the function that its route has found. */
export interface Exchange {
  readonly found: HttpFunction;
  readonly values: RouteValues;
  readonly request: HostRequest;
  readonly response: ServerResponse;
  readonly executor: Executor;
  /** Largest body, in bytes. */
  readonly bodyLimit: number;
}

/** The name of a function's trigger binding: what its input is called. */
export function triggerName({ registered }: HttpFunction): string {
  const found = Object.entries(registered.metadata.bindings).find(([, { type }]) => /trigger$/i.test(type));
  return found?.[0] ?? 'httpTrigger';
}
