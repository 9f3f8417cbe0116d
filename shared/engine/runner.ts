import { ClosedError, LeaseLostError } from '../errors.ts';
import type { Json } from '../lib/json.ts';
import type { Chunk } from './chunk.ts';
import type { Domain } from './domain.ts';
import type { DomainStatus, Head } from './head.ts';
import type { Cause, NewChange, Scope } from './model.ts';
import { runPass } from './pass.ts';
import type { EnginePorts, Source } from './ports.ts';
import type { Found, Run } from './run.ts';
import { Session } from './session.ts';
import type { Budget, EngineSettings } from './settings.ts';
import type { ShortLists } from './short-lists.ts';
import { takeWake } from './wake-up.ts';

/** How a run ended, before its last commit. */
export type RunResult =
  | {
      readonly result: 'done' | 'more';
      readonly found: Found;
      /** When something that could not be settled now is worth another look; null = all is settled. */
      readonly lookAgainAt: Date | null;
    }
  | { readonly result: 'failed'; readonly error: unknown };

/** How a pass ended; `unwanted` = the connection is not to be synced now. */
type PassResult = RunResult | { readonly result: 'unwanted' };

/** What the last commit of a run says besides giving the lease back. */
export interface Conclusion {
  readonly status: DomainStatus;
  readonly feed: readonly NewChange[];
}

/** A mailbox, and the connection's settings for the domain. */
export interface Opened {
  readonly source: Source;
  readonly settings: Json;
}

export interface SyncRequest {
  readonly scope: Scope;
  readonly domain: Domain;
  readonly settings: EngineSettings;
  readonly budget: Budget;
  readonly cause: Cause;
  /** The run goes on with a pass that ended early; where another one has brought it to its end, nothing is left to do. */
  readonly continues: boolean;
  /** Unique to this run. */
  readonly owner: string;
  /** The due row that covers this run. */
  readonly cover: string | null;
  /**
   * Opens the mailbox for a pass, once its wake-up was taken: that may tell of new settings or a new sign-in. Null = the
   * connection is not to be synced now. What it throws ends the run as a failure. `lists` are the partition's own, mostly as they were
   * read with its head.
   */
  readonly open: (lists: ShortLists) => Promise<Opened | null>;
  /** A pass has come to its end: what `conclude` is to know of what it has brought may be read now. A throw is a failure of the run. */
  readonly passed?: (found: Found) => Promise<void>;
  /** Computes the status under the fence; called again when another writer was first. */
  readonly conclude: (status: DomainStatus, chunk: Chunk, result: RunResult) => Conclusion;
}

export type SyncOutcome =
  /** Another worker holds the lease and will run once more; or there is nothing to sync. */
  | { readonly outcome: 'taken' | 'closed' | 'absent' | 'lost' }
  | ({ readonly outcome: 'unwanted' } & Released)
  | ({ readonly outcome: 'done' | 'more'; readonly found: Found } & Released)
  | ({ readonly outcome: 'failed'; readonly error: unknown } & Released);

/** What the last commit left. */
export interface Released {
  readonly status: DomainStatus;
  /** Due rows of jobs that this run has done the work of. */
  readonly covers: readonly string[];
}

/** Syncs one partition: lease, wake-ups, passes, status. Expected failures are outcomes; the job decides when to come back. */
export async function runSync(ports: EnginePorts, request: SyncRequest): Promise<SyncOutcome> {
  const acquired = await Session.acquire(ports, request.scope, {
    owner: request.owner,
    leaseMs: request.settings.leaseMs,
    cover: request.cover,
    all: asksAll(request),
  });
  if (acquired.outcome !== 'held') return { outcome: acquired.outcome };
  const { session } = acquired;
  try {
    return await runHeld(session, request);
  } catch (error) {
    if (error instanceof LeaseLostError) return { outcome: 'lost' };
    if (error instanceof ClosedError) return { outcome: 'closed' };
    throw error;
  } finally {
    session.stop();
  }
}

async function runHeld(session: Session, request: SyncRequest): Promise<SyncOutcome> {
  const found: Found = { changes: 0, earliest: new Map(), streams: false };
  for (let first = true; ; first = false) {
    const pass = session.ports.random.token(6);
    const aim: Aim = { first, found, all: true, pass, approved: false };
    const result = await attempt(session, request, aim);
    if (result.result === 'unwanted') {
      const left = await leave(session);
      if (left === null) continue;
      return { outcome: 'unwanted', ...left };
    }
    let released: Released = { status: session.head.status, covers: [] };
    const ended = await session.finish(result.result === 'done', (chunk, releasing) => {
      const conclusion = request.conclude(session.head.status, chunk, result);
      released = { status: releasing ? conclusion.status : session.head.status, covers: session.head.covers };
      const kept = releasing ? [] : session.head.covers;
      chunk.headPatch = {
        ...chunk.headPatch,
        status: released.status,
        asked: askedAfter(session, result, aim),
        ...owedAfter(session, result, { aim, releasing }),
        covers: kept,
      };
      if (releasing) chunk.feed.push(...conclusion.feed);
    });
    if (ended === 'again') continue;
    if (result.result === 'failed') return { outcome: 'failed', error: result.error, ...released };
    return { outcome: result.result, found, ...released };
  }
}

/**
 * Gives the lease back with nothing done. Null where a job has found it taken meanwhile: that one may have come with a new
 * sign-in, and leaves its work and its due row to this run (P3).
 */
async function leave(session: Session): Promise<Released | null> {
  let released: Released = { status: session.head.status, covers: [] };
  const ended = await session.finish(true, (chunk, releasing) => {
    released = { status: session.head.status, covers: session.head.covers };
    if (releasing) chunk.headPatch = { ...chunk.headPatch, covers: [] };
  });
  return ended === 'again' ? null : released;
}

/** What one pass of a run is about. */
interface Aim {
  /** The pass that the job came for; later ones answer those who found the lease taken. */
  readonly first: boolean;
  readonly found: Found;
  /** Deletions beyond the guard were approved when it began. */
  approved: boolean;
  all: boolean;
  pass: string;
}

/** An approval that stood before a pass is used up when the pass is done; one that came meanwhile is for the next. */
function askedAfter(session: Session, result: RunResult, aim: Aim): { full: boolean; approveDeletes: boolean } {
  const { asked } = session.head;
  return result.result === 'done' && aim.approved ? { ...asked, approveDeletes: false } : asked;
}

/** A pass over all streams that did not reach its end is owed, and goes on where it stood (P3, P12). */
function owedAfter(
  session: Session,
  result: RunResult,
  given: { readonly aim: Aim; readonly releasing: boolean },
): Pick<Head, 'owed' | 'pass'> {
  const { aim, releasing } = given;
  const { owed = false, pass = null } = session.head;
  if (!aim.all) return { owed, pass };
  if (result.result === 'done') return { owed: owed && !releasing, pass: null };
  return { owed: true, pass: result.result === 'more' ? aim.pass : null };
}

/** Only where every reason to look names items is it enough to look at these. */
function wantsAll(session: Session, request: SyncRequest, first: boolean): boolean {
  const { named, owed = false } = session.head;
  if (owed || named === 'all') return true;
  if (first && (asksAll(request) || session.inherited)) return true;
  return named.length === 0 && !(first && request.continues);
}

const asksAll = (request: SyncRequest): boolean => request.cause !== 'push' && !request.continues;

async function attempt(session: Session, request: SyncRequest, aim: Aim): Promise<PassResult> {
  try {
    if (!aim.first) await takeWake(session);
    const { named, asked } = session.head;
    aim.approved = asked.approveDeletes;
    aim.all = wantsAll(session, request, aim.first);
    aim.pass = session.head.pass ?? aim.pass;
    const opened = await request.open((letter) => session.listed(letter));
    if (opened === null) return { result: 'unwanted' };
    const run: Run = {
      session,
      source: opened.source,
      found: aim.found,
      domain: request.domain,
      settings: request.settings,
      budget: request.budget,
      cause: request.cause,
      all: aim.all,
      pass: aim.pass,
      approved: aim.approved,
      named: new Set(named === 'all' ? [] : named),
      brought: new Map(),
    };
    const result = await runPass(run, opened.settings).finally(() => {
      aim.all = run.all;
      aim.pass = run.pass;
    });
    if (result === 'done') await request.passed?.(aim.found);
    return { result, found: aim.found, lookAgainAt: await lookAgainAt(session) };
  } catch (error) {
    if (error instanceof LeaseLostError || error instanceof ClosedError) throw error;
    return { result: 'failed', error };
  }
}

const SOONEST_LOOK_MS = 60_000;
const LATEST_LOOK_MS = 3_600_000;

/** Hints and names that a pass had to leave are looked at again: soon at first, then as rarely as they are old. */
async function lookAgainAt(session: Session): Promise<Date | null> {
  const now = session.ports.clock.now();
  const open = [...(await session.hints()).values()].flat().filter((hint) => !hint.held);
  const times = open.map((hint) => {
    const age = now.getTime() - Date.parse(hint.since);
    const soon = now.getTime() + Math.min(LATEST_LOOK_MS, Math.max(SOONEST_LOOK_MS, age));
    return hint.notBefore === null || Date.parse(hint.notBefore) <= now.getTime() ? soon : Date.parse(hint.notBefore);
  });
  if (session.head.named.length > 0) times.push(now.getTime() + SOONEST_LOOK_MS);
  return times.length === 0 ? null : new Date(Math.min(...times));
}
