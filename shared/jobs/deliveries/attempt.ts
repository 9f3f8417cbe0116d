import type { Connection } from '../../engine/connection.ts';
import { deliveryId } from '../../engine/delivery-id.ts';
import {
  ATTEMPTS_KEPT,
  type Delivery,
  type DeliveryAgain,
  type DeliveryAnswer,
  type DeliveryCursor,
  type Endpoint,
} from '../../engine/delivery-ports.ts';
import type { Change } from '../../engine/model.ts';
import { plus } from '../../lib/clock.ts';
import { GIVE_UP_MS, waitAfter } from './back-off.ts';
import { deliveryBody } from './body.ts';
import type { DeliverPorts } from './ports.ts';

type Retry = Omit<DeliveryAgain, 'deliveryId'>;

/** One attempt at one change. */
export interface Attempt {
  readonly answer: DeliveryAnswer;
  readonly at: Date;
  /** When it is tried again if it was refused; null = it has been tried for 72 h. */
  readonly retry: Retry | null;
}

/** Signs and sends a change once. Throws StorageError where the signing keys could not be read: nothing was sent. */
export async function attemptChange(
  ports: DeliverPorts,
  given: {
    readonly endpoint: Endpoint;
    readonly connection: Connection;
    readonly id: string;
    readonly change: Change;
    readonly before: Retry | null;
  },
): Promise<Attempt> {
  const { endpoint, connection, id, change, before } = given;
  const at = ports.clock.now();
  const answer = await ports.transport.send({ endpoint, id, at, body: deliveryBody(connection, change) });
  const since = before?.since ?? at.toISOString();
  const attempts = (before?.attempts ?? 0) + 1;
  // The time of a pause was none of its own.
  const triedFrom = Math.max(Date.parse(since), Date.parse(endpoint.resumedAt ?? since));
  const given72h = ports.clock.now().getTime() - triedFrom >= GIVE_UP_MS;
  const wait = waitAfter(ports.random, attempts, answer.outcome === 'refused' ? answer.retryAfterMs : null);
  const nextAttemptAt = plus(ports.clock.now(), wait).toISOString();
  return { answer, at, retry: given72h ? null : { seq: change.seq, attempts, since, nextAttemptAt } };
}

/** What is kept of a delivery after one more attempt. `stands` is what was kept before; `retry` null = it is over. */
export function recordOf(
  cursor: DeliveryCursor,
  change: Change,
  after: { readonly stands: Delivery | null; readonly attempt: Attempt; readonly retry: Retry | null },
): Delivery {
  const { attempt, retry } = after;
  const { answer } = attempt;
  const before = after.stands ?? newRecord(cursor, change);
  const at = attempt.at.toISOString();
  const { status, ms } = answer;
  const error = answer.outcome === 'delivered' ? null : answer.error;
  const tried: Delivery = {
    ...before,
    attempts: before.attempts + 1,
    history: [...before.history, { at, status, error, ms }].slice(-ATTEMPTS_KEPT),
    lastError: error,
  };
  if (error === null) return { ...tried, status: 'delivered', nextAttemptAt: null, deliveredAt: at };
  return { ...tried, status: retry === null ? 'failed' : 'pending', nextAttemptAt: retry?.nextAttemptAt ?? null };
}

function newRecord(cursor: DeliveryCursor, change: Change): Delivery {
  const { endpointId, connectionId, domain, part, gap } = cursor;
  const place = { endpointId, connectionId, domain, ...(part === undefined ? {} : { part }) };
  const { seq, type, at } = change;
  return {
    ...place,
    id: deliveryId({ ...place, seq, at }),
    seq,
    type,
    at,
    status: 'pending',
    attempts: 0,
    history: [],
    nextAttemptAt: null,
    deliveredAt: null,
    lastError: null,
    ...(type === 'feed.gap' && gap !== null ? { gap: { from: gap.from, to: gap.to } } : {}),
  };
}
