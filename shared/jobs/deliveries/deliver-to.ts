import type { Connection } from '../../engine/connection.ts';
import type { DeliveryAgain, DeliveryCursor, VersionedEndpoint } from '../../engine/delivery-ports.ts';
import type { Change, Scope } from '../../engine/model.ts';
import type { Budget } from '../../engine/settings.ts';
import { FenceLostError } from '../../errors.ts';
import { plus } from '../../lib/clock.ts';
import { asRead } from './as-read.ts';
import { gapChange } from './body.ts';
import { isFailing, mayBeSent, restsUntil, takeProbe } from './judge-endpoint.ts';
import { checkGap, hasWork, openLine, PAGE, readPage, soonAfter, waitsUntil, type Line } from './open-line.ts';
import type { DeliverPorts } from './ports.ts';
import { claimMs, Sending, type Step } from './sending.ts';

/** What one job is about, at one endpoint. */
export interface Delivering {
  readonly connection: Connection;
  readonly scope: Scope;
  /** Unique to this run. */
  readonly owner: string;
  readonly budget: Budget;
  /** What waits for its next attempt is tried at once. */
  readonly hurry: boolean;
}

/** What is left at one endpoint. */
export interface Left {
  /** When to come back; null = nothing waits, or the endpoint wakes it. */
  readonly at: Date | null;
  /** Another worker is at it and looks again when it has done: the due row is enough. */
  readonly busy?: boolean;
  /** What was to be tried at once was not tried yet. */
  readonly hurry?: boolean;
  readonly delivered?: number;
  readonly refused?: number;
}

const SPREAD_MS = 60_000;
const HURRY_MS = 10_000;
/** A feed that merely waits for an endpoint looks by itself so long after its rest. */
const IDLE_WAIT_MS = 15 * 60_000;

/**
 * Sends one endpoint what one feed has for it, in order, one worker at a time. Needs nothing of other endpoints and feeds
 * (P11). Throws StorageError; what was sent and not committed by then is sent again, under the same id.
 */
export async function deliverTo(ports: DeliverPorts, found: VersionedEndpoint, given: Delivering): Promise<Left> {
  const line = await openLine(ports, found, given.scope);
  const now = ports.clock.now();
  const { claim } = line.cursor;
  if (claim !== null && claim.owner !== given.owner && new Date(claim.until) > now)
    return busy(ports, given, new Date(claim.until));
  if (!hasWork(line)) return { at: null };
  if (!mayBeSent(found.endpoint) || restsUntil(found.endpoint, now) !== null) return await waitFor(ports, line);
  const waits = waitsUntil(line, now, given.hurry);
  if (waits !== null) return { at: waits };
  const probing = isFailing(found.endpoint) ? await takeProbe(ports, found) : found;
  if (probing === null) return await waitFor(ports, line);
  const sending = await Sending.claim(ports, { ...line, endpoint: probing }, given);
  if (sending === null) return busy(ports, given, plus(now, claimMs(ports)));
  return await send(ports, sending, { ...given, line });
}

/**
 * Another worker is at it. It looks again for changes when it has done, so that the due row is enough, in case it dies; but it
 * does not look again for what was asked to be sent at once: who was asked comes back soon, until it was tried.
 */
function busy(ports: DeliverPorts, { hurry }: Delivering, until: Date): Left {
  if (!hurry) return { at: until, busy: true };
  const soon = plus(ports.clock.now(), HURRY_MS);
  return { at: until < soon ? until : soon, hurry };
}

/** Nothing may be sent now: the cursor says that something waits, so that whoever mends the endpoint wakes it. */
async function waitFor(ports: DeliverPorts, line: Line): Promise<Left> {
  if (!line.cursor.behind) {
    try {
      await ports.deliveries.commit({ cursor: { ...line.cursor, behind: true }, version: line.version, records: [] });
    } catch (error) {
      if (!(error instanceof FenceLostError)) throw error;
      return { at: plus(ports.clock.now(), claimMs(ports)), busy: true };
    }
  }
  return { at: await endpointReady(ports, line.cursor) };
}

/**
 * Asked after the cursor said `behind`: whoever mends the endpoint from now on sees it; who did before, did not. Feeds whose own
 * delivery was refused come back to try it; all others leave that to them and are woken, and come only in case nobody does.
 */
async function endpointReady(ports: DeliverPorts, { endpointId, waiting }: DeliveryCursor): Promise<Date | null> {
  const endpoint = (await ports.endpoints.read(endpointId))?.endpoint ?? null;
  if (endpoint === null || !mayBeSent(endpoint)) return null;
  const now = ports.clock.now();
  const rests = restsUntil(endpoint, now);
  if (rests === null) return plus(now, 1_000);
  if (waiting === null) return soonAfter(ports, plus(rests, IDLE_WAIT_MS), IDLE_WAIT_MS);
  return soonAfter(ports, rests, Math.min(SPREAD_MS, rests.getTime() - now.getTime()));
}

type Given = Delivering & { readonly line: Line };
type Stop = Step | 'budget';

async function send(ports: DeliverPorts, sending: Sending, given: Given): Promise<Left> {
  try {
    const stop = await sendLine(ports, sending, given);
    const late = stop === 'endpoint' || stop === 'budget' ? stop : await sendAgain(ports, sending, given);
    // What was refused is tried as soon as the endpoint takes others again.
    await sending.release(late === 'endpoint' || sending.cursor.waiting !== null);
    const { delivered, refused } = sending;
    const hurry = given.hurry && late === 'budget' && delivered + refused === 0;
    return { at: await nextTime(ports, sending, given, late), hurry, delivered, refused };
  } catch (error) {
    if (error instanceof FenceLostError) return busy(ports, given, plus(ports.clock.now(), claimMs(ports)));
    // What was sent is kept, and the claim given back, if storage still takes it; the failure is told in any case.
    await sending.release(false).catch(() => undefined);
    throw error;
  }
}

/** The feed in its order, to its end. */
async function sendLine(ports: DeliverPorts, sending: Sending, given: Given): Promise<Stop> {
  let { changes } = given.line;
  for (;;) {
    const { gap } = sending.cursor;
    const rows = await asRead(ports, given.scope, changes);
    for (const change of gap === null ? rows : [gapChange(given.scope, gap), ...rows]) {
      if (given.budget.spent()) return 'budget';
      const step = (await sending.skips(change)) ? 'on' : await sending.sendNext(change, given.hurry);
      if (step !== 'on') return step;
      if (sending.isFull) await sending.checkpoint();
      if (!sending.maySend) return 'endpoint';
    }
    if (changes.length < PAGE) return 'on';
    changes = await readPage(ports, given.scope, sending.cursor.seq);
    const { cursor } = sending;
    sending.cursor = await checkGap(ports, given.scope, { cursor, version: '', changes });
  }
}

/** What was asked for again, as its time comes. One that fails holds up no other, unless the endpoint is failing. */
async function sendAgain(ports: DeliverPorts, sending: Sending, given: Given): Promise<Stop> {
  const now = ports.clock.now();
  const ready = given.line.again.filter(({ nextAttemptAt }) => given.hurry || new Date(nextAttemptAt) <= now);
  for (const again of ready) {
    if (given.budget.spent()) return 'budget';
    const step = await sending.sendAgain(again, await changeOf(ports, given.scope, again));
    if (step === 'endpoint') return step;
    if (sending.isFull) await sending.checkpoint();
    if (!sending.maySend) return 'endpoint';
  }
  return 'on';
}

/** The change itself; of a gap, which was never in the feed, what stands for it. */
async function changeOf(ports: DeliverPorts, scope: Scope, again: DeliveryAgain): Promise<Change | null> {
  const record = await ports.deliveries.read(again.deliveryId);
  if (record?.gap !== undefined) return gapChange(scope, { ...record.gap, at: record.at });
  const [change] = await ports.store.readChanges(scope, again.seq - 1, 1);
  if (change?.seq !== again.seq) return null;
  return (await asRead(ports, scope, [change]))[0] ?? change;
}

/** Looked at after the claim was given back: who came meanwhile and found it taken relies on that. */
async function nextTime(ports: DeliverPorts, sending: Sending, given: Given, stop: Stop): Promise<Date | null> {
  const now = ports.clock.now();
  if (stop === 'budget') return now;
  const { cursor } = sending;
  if (stop === 'endpoint') return endpointReady(ports, cursor);
  const { endpointId, seq, waiting } = cursor;
  const stands = given.line.again.length === 0 ? null : await ports.deliveries.readCursor(endpointId, given.scope);
  const times = (stands?.again ?? []).map(({ nextAttemptAt }) => new Date(nextAttemptAt));
  if (waiting !== null) times.push(new Date(waiting.nextAttemptAt));
  else if ((await ports.store.readChanges(given.scope, seq, 1)).length > 0) times.push(now);
  return times.length === 0 ? null : new Date(Math.min(...times.map((time) => time.getTime())));
}
