import { ClosedError, LeaseLostError } from '../errors.ts';
import type { Json } from '../lib/json.ts';
import type { Chunk } from './chunk.ts';
import type { Domain } from './domain.ts';
import type { Cause, DomainStatus, NewChange, Scope } from './model.ts';
import { runPass } from './pass.ts';
import type { EnginePorts, Source } from './ports.ts';
import type { Found, Run } from './run.ts';
import { Session } from './session.ts';
import type { Budget, EngineSettings } from './settings.ts';

/** How a run ended, before its last commit. */
export type RunResult =
  { readonly result: 'done' | 'more'; readonly found: Found } | { readonly result: 'failed'; readonly error: unknown };

/** What the last commit of a run says besides giving the lease back. */
export interface Conclusion {
  readonly status: DomainStatus;
  readonly feed: readonly NewChange[];
}

export interface SyncRequest {
  readonly scope: Scope;
  readonly domain: Domain;
  readonly settings: EngineSettings;
  /** The connection's settings for this domain. */
  readonly domainSettings: Json;
  readonly budget: Budget;
  readonly cause: Cause;
  /** Unique to this run. */
  readonly owner: string;
  /** The due row that covers this run. */
  readonly cover: string | null;
  /** Opens the mailbox once the lease is held; what it throws ends the run as a failure. */
  readonly open: () => Promise<Source>;
  /** Computes the status under the fence; called again when another writer was first. */
  readonly conclude: (status: DomainStatus, chunk: Chunk, result: RunResult) => Conclusion;
}

export type SyncOutcome =
  /** Another worker holds the lease and will run once more; or there is nothing to sync. */
  | { readonly outcome: 'taken' | 'closed' | 'absent' | 'lost' }
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
  const found: Found = { changes: 0, earliest: null };
  for (;;) {
    const result = await attempt(session, request, found);
    let released: Released = { status: session.head.status, covers: [] };
    const ended = await session.finish(result.result === 'done', (chunk, releasing) => {
      const conclusion = request.conclude(session.head.status, chunk, result);
      released = { status: releasing ? conclusion.status : session.head.status, covers: session.head.covers };
      const kept = releasing ? [] : session.head.covers;
      chunk.headPatch = {
        ...chunk.headPatch,
        status: released.status,
        asked: askedAfter(session, result),
        covers: kept,
      };
      if (releasing) chunk.feed.push(...conclusion.feed);
    });
    if (ended === 'again') continue;
    if (result.result === 'failed') return { outcome: 'failed', error: result.error, ...released };
    return { outcome: result.result, found, ...released };
  }
}

/** An approval is used up by a pass that was done; whatever was asked meanwhile is not touched by a pass that was not. */
function askedAfter(session: Session, result: RunResult): { full: boolean; approveDeletes: boolean } {
  const { asked } = session.head;
  return result.result === 'done' ? { ...asked, approveDeletes: false } : asked;
}

async function attempt(session: Session, request: SyncRequest, found: Found): Promise<RunResult> {
  try {
    await takeWake(session);
    const source = await request.open();
    const named = session.head.named;
    const run: Run = {
      session,
      source,
      found,
      domain: request.domain,
      settings: request.settings,
      budget: request.budget,
      cause: request.cause,
      named: new Set(named === 'all' ? [] : named),
    };
    return { result: await runPass(run, request.domainSettings), found };
  } catch (error) {
    if (error instanceof LeaseLostError || error instanceof ClosedError) throw error;
    return { result: 'failed', error };
  }
}

/** Most Graph ids that a head remembers; beyond that all streams are polled. */
const NAMED_LIMIT = 20;

/** Takes the wake-up in: what it names first goes to the head, then the row goes, before any cursor is read (P3). */
async function takeWake(session: Session): Promise<void> {
  const { wake } = session.ports;
  for (;;) {
    const raised = await wake.read(session.scope);
    if (raised === null) return;
    await session.commit((chunk) => {
      const named = together(session.head.named, raised.ids);
      if (named !== null) chunk.headPatch = { named };
    });
    if (await wake.clear(session.scope, raised.version)) return;
  }
}

/** What the head must remember; null = nothing new. Without names all streams are polled anyway, so `all` is only noted over names. */
function together(held: 'all' | readonly string[], raised: 'all' | readonly string[]): 'all' | string[] | null {
  if (held === 'all') return null;
  if (raised === 'all') return held.length > 0 ? 'all' : null;
  const names = [...new Set([...held, ...raised])];
  if (names.length === held.length) return null;
  return names.length > NAMED_LIMIT ? 'all' : names;
}
