import type { Delivery, Endpoint } from '../api/schemas.ts';
import { fromNow, NONE } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

/** Whether it takes what it is sent, as far as is known. */
export const isTaking = ({ status, failures }: Endpoint): boolean => status === 'active' && failures === 0;

const stateOf = ({ status, pausedReason, failures }: Endpoint): string => {
  if (status !== 'active') return pausedReason === null ? status : `${status} (${pausedReason})`;
  return failures === 0 ? status : `failing (${failures}x)`;
};

/** A line for each endpoint. */
export const endpointTable = (endpoints: readonly Endpoint[], now: Date): string =>
  table(
    ['ID', 'STATE', 'WORKSPACE', 'TYPES', 'LAST SUCCESS', 'LAST ERROR', 'URL'],
    endpoints.map((one) => [
      one.id,
      stateOf(one),
      one.workspaceId ?? 'all',
      one.types.join(','),
      fromNow(one.lastSuccessAt, now),
      one.lastError ?? NONE,
      one.url,
    ]),
  );

/** All there is to know of one. */
export function describeEndpoint(one: Endpoint, now: Date): string {
  const lines = [
    `${one.id}: ${stateOf(one)}${one.description === null ? '' : `, ${one.description}`}`,
    `  sent to       ${one.url}`,
    `  told of       ${one.types.join(', ')} of ${one.workspaceId === null ? 'all connections' : `workspace ${one.workspaceId}`}`,
    `  last success  ${fromNow(one.lastSuccessAt, now)}`,
  ];
  if (one.failures > 0) lines.push(`  failing since ${fromNow(one.failingSince, now)}, ${one.failures} in a row`);
  if (one.lastError !== null) lines.push(`  last error    ${one.lastError}`);
  if (one.nextAttemptAt !== null) lines.push(`  next attempt  ${fromNow(one.nextAttemptAt, now)}`);
  return lines.join('\n');
}

/** A line for each delivery. */
export const deliveryTable = (deliveries: readonly Delivery[], now: Date): string =>
  table(
    ['CHANGED', 'STATUS', 'TRIES', 'TYPE', 'CHANGE', 'CONNECTION', 'LAST ERROR'],
    deliveries.map((one) => [
      fromNow(one.changedAt, now),
      one.status,
      String(one.attempts),
      one.type,
      `${one.domain}#${one.seq}`,
      one.connectionId,
      one.lastError ?? NONE,
    ]),
  );

/** All there is to know of one. */
export function describeDelivery(one: Delivery, now: Date): string {
  const attempts = one.history.map(({ at, status, error, durationMs }) => {
    const outcome = error ?? `answered ${status ?? NONE}`;
    return `  ${at}  ${outcome} (${durationMs} ms)`;
  });
  const next = one.nextAttemptAt === null ? [] : [`  next attempt ${fromNow(one.nextAttemptAt, now)}`];
  return [
    `${one.type} (${one.domain}#${one.seq} of ${one.connectionId}): ${one.status}`,
    `  ${one.id}`,
    `  to ${one.endpointId}, changed ${one.changedAt}, ${one.attempts} attempts`,
    ...attempts,
    ...next,
  ].join('\n');
}
