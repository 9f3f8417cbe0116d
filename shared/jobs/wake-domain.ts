import { scopeOf, type DueRow, type SyncJob } from '../engine/directory-ports.ts';
import type { Scope } from '../engine/model.ts';
import { codeOf } from '../errors.ts';
import { addCover } from './cover.ts';
import type { WakePorts } from './ports.ts';

/** Most Graph ids that a wake-up names; more than that stand for all. */
const NAMED_IDS = 20;

/**
 * Sees to it that a round of this scope begins after this call (P3): due row, then wake row, then message.
 * Throws StorageError when a round could not be promised; the wake row is taken back then, and the due row, if it was
 * written, still brings the round within a minute or two.
 */
export const wakeDomain = (
  ports: WakePorts,
  scope: Scope,
  ids: readonly string[] | null,
  why: SyncJob['why'],
): Promise<void> => wakeWith(ports, scope, { ids, why });

/** What a round is woken with. */
export interface WakeCall {
  /** Graph ids to look at; null = all streams. */
  readonly ids: readonly string[] | null;
  readonly why: SyncJob['why'];
  /** See `SyncJob.firstPage`. A hint: where a job is on its way already, that one does not hear of it. */
  readonly firstPage?: number;
}

/** The same, with a hint for the round. */
export async function wakeWith(ports: WakePorts, scope: Scope, call: WakeCall): Promise<void> {
  const row = await addCover(ports, scope.domain, scope.connectionId);
  await raiseAndSend(ports, scope, { ...call, row });
}

/** The part after the due row: for callers that hold one already. */
export async function raiseAndSend(
  ports: WakePorts,
  scope: Scope,
  call: WakeCall & {
    readonly row: DueRow;
    /** The row is not the caller's own: it stands until the work is done. */
    readonly keep?: boolean;
  },
): Promise<void> {
  const named = call.ids !== null && call.ids.length <= NAMED_IDS ? call.ids : null;
  let answer: 'send' | 'coalesced';
  try {
    answer = await ports.wake.raise(scope, named);
    if (answer === 'send') {
      const due = { kind: call.row.kind, at: call.row.dueAt.toISOString() };
      const hint = call.firstPage === undefined ? {} : { firstPage: call.firstPage };
      await ports.queues.sync({ ...scopeOf(scope), why: call.why, due, ...hint });
    }
  } catch (error) {
    // Also after a failed raise: it may have been applied.
    await quietly(ports, 'wake.not_cleared', () => ports.wake.clear(scope));
    throw error;
  }
  // A job is on its way already, covered by the row of whoever sent it.
  if (answer === 'coalesced' && call.keep !== true)
    await quietly(ports, 'due.not_dropped', () => ports.due.move(call.row, null));
}

/** For tidying whose failure costs an empty job at most. */
export async function quietly(ports: WakePorts, event: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    ports.log.warn(event, { 'error.code': codeOf(error) });
  }
}
