import { GoneError, ProtocolError, RemoteError, ResyncRequiredError, TransientError } from '../errors.ts';
import { isReadable } from './containers.ts';
import { restarted } from './cursor-moves.ts';
import type { StreamPlan } from './domain.ts';
import type { Cursor } from './model.ts';
import type { RemotePage } from './ports.ts';
import type { Run } from './run.ts';

/** Resets in a row before a stream backs off: the fresh round fails the same way. */
const MAX_RESETS = 3;
const SMALLEST_PAGE = 10;

/** A page that was asked for before it is needed. */
interface Ahead {
  readonly link: string;
  readonly page: Promise<RemotePage>;
}

/**
 * The pages of one turn of a stream, as many as its share and the budget allow; the next one is asked for while the last one is
 * committed. `kept` are those that were read before.
 */
export class TurnPages {
  readonly #run: Run;
  readonly #plan: StreamPlan;
  readonly #kept: ReadonlyMap<string | null, RemotePage>;
  #ahead: Ahead | null = null;
  #count: number;

  constructor(run: Run, plan: StreamPlan, kept: ReadonlyMap<string | null, RemotePage>) {
    this.#run = run;
    this.#plan = plan;
    this.#kept = kept;
    this.#count = kept.size;
  }

  /** The page where the cursor stands; `again` after the cursor was changed, `spent` where no more may be asked for. */
  async at(cursor: Cursor): Promise<RemotePage | 'again' | 'spent'> {
    const kept = this.#kept.get(cursor.link);
    if (kept !== undefined) return kept;
    if (this.#isSpent()) return 'spent';
    const page = await fetchPage(this.#run, this.#plan, cursor, this.#ahead);
    this.#ahead = null;
    if (page === 'again') return page;
    this.#run.budget.page();
    this.#count++;
    if (page.next !== null && !this.#isSpent()) this.#ahead = fetchAhead(this.#run, cursor, page.next);
    return page;
  }

  /** Nothing that was asked for is left under way. */
  async end(): Promise<void> {
    await this.#ahead?.page.catch(() => undefined);
  }

  #isSpent(): boolean {
    return this.#count >= this.#run.settings.turnPages || this.#run.budget.spent();
  }
}

function fetchAhead(run: Run, cursor: Cursor, link: string): Ahead {
  const page = run.source.page(link, cursor.pageSize ?? run.settings.pageSize);
  // Its failure is met where the page is used; a commit that fails first must not leave it unhandled.
  page.catch(() => undefined);
  return { link, page };
}

/** The cursor of a stream that has one. */
export function cursorOf(run: Run, stream: string): Cursor {
  const cursor = run.session.cursors.get(stream);
  if (cursor === undefined) throw new Error(`stream ${stream} has no cursor`);
  return cursor;
}

/** The page where the cursor stands; `again` after the cursor was changed (a reset, a smaller page). */
export async function fetchPage(
  run: Run,
  plan: StreamPlan,
  cursor: Cursor,
  ahead: Ahead | null,
): Promise<RemotePage | 'again'> {
  const size = cursor.pageSize ?? run.settings.pageSize;
  try {
    const page = await (ahead !== null && ahead.link === cursor.link
      ? ahead.page
      : run.source.page(cursor.link ?? plan.first, size));
    return checked(plan, cursor, page);
  } catch (error) {
    if (error instanceof RemoteError && (await isDeadLink(run, plan, cursor, error))) return reset(run, cursor, error);
    if (error instanceof TransientError && error.facts.status === 504 && size > SMALLEST_PAGE) {
      const pageSize = Math.max(SMALLEST_PAGE, Math.floor(size / 2));
      await run.session.commit((chunk) => {
        chunk.changeCursor(cursor.stream, (current) => ({ ...current, pageSize }));
      });
    }
    throw error;
  }
}

/**
 * The page, if its links are those of the stream: a plain list has no delta link, and all others end with one. What is said of
 * another goes into logs: the name of a folder may be an address.
 */
function checked(plan: StreamPlan, cursor: Cursor, page: RemotePage): RemotePage {
  if (page.next !== null && page.next === cursor.link)
    throw new ProtocolError(
      'remote.link_repeated',
      `a page of a stream of kind ${plan.kind} names itself as the next one`,
    );
  if (plan.listed === true) return { ...page, delta: null };
  if (page.next !== null || page.delta !== null) return page;
  throw new ProtocolError(
    'remote.answer_unreadable',
    `a page of a stream of kind ${plan.kind} has none of its two links`,
  );
}

/**
 * The service forgot the link, or it belongs to another address of Graph than the one that is configured now. One that is not found
 * is dead where what it reads can be read; where its container is gone too, the list that names that tells.
 */
async function isDeadLink(run: Run, plan: StreamPlan, { link }: Cursor, error: RemoteError): Promise<boolean> {
  if (error instanceof ResyncRequiredError) return true;
  if (error instanceof ProtocolError) return error.code === 'remote.foreign_link';
  if (!(error instanceof GoneError) || link === null) return false;
  return plan.containerPath === null || (await isReadable(run, plan.containerPath));
}

async function reset(run: Run, cursor: Cursor, error: RemoteError): Promise<'again'> {
  if (cursor.resets >= MAX_RESETS) {
    await run.session.commit((chunk) => {
      chunk.changeCursor(cursor.stream, (current) => ({ ...restarted(current), resets: 0 }));
    });
    throw new TransientError('the fresh round is refused as well', error.facts, { cause: error });
  }
  run.session.ports.log.warn('sync.reset', {
    domain: run.domain.name,
    'stream.kind': cursor.kind,
    'graph.request_id': error.facts.requestId,
  });
  await run.session.commit((chunk) => {
    chunk.changeCursor(cursor.stream, (current) => ({ ...restarted(current), resets: current.resets + 1 }));
  });
  return 'again';
}
