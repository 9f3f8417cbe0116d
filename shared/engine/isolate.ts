import {
  ConnectionError,
  GoneError,
  ProtocolError,
  RejectedError,
  TransientError,
  ConflictError,
  ResyncRequiredError,
  codeOf,
} from '../errors.ts';
import { plus } from '../lib/clock.ts';
import type { Chunk } from './chunk.ts';
import { restarted } from './cursor-moves.ts';
import type { Run } from './run.ts';

/** Streams that may fail, in a row or refused, before the whole mailbox is taken to be out of order. */
const MOST_FAILURES = 3;
/** Failures in a row of a container that is gone after which the list that names it is doubted. */
const DOUBTS = 2;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** Whether a failure concerns one stream only: the others go on (P11). */
export function isStreamFailure(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.reason === 'access_denied';
  return [TransientError, GoneError, RejectedError, ProtocolError, ConflictError, ResyncRequiredError].some(
    (type) => error instanceof type,
  );
}

/** Runs the turns of streams so that one failing stream delays no other, and tells apart a mailbox that fails whole. */
export class Isolation {
  readonly #run: Run;
  #inARow = 0;
  #refused = 0;
  #succeeded = false;
  #last: unknown = null;
  readonly failed = new Set<string>();
  /** Streams of which a round has come to its end. */
  readonly ended = new Set<string>();
  /** The streams that tell which others there are. */
  roots: readonly string[] = [];

  constructor(run: Run) {
    this.#run = run;
  }

  /** The outcome of the turn, or `failed` after the failure was noted on the stream's cursor. */
  async turn<T>(stream: string, work: () => Promise<T>): Promise<T | 'failed'> {
    try {
      const outcome = await work();
      this.#inARow = 0;
      this.#succeeded = true;
      return outcome;
    } catch (error) {
      if (!isStreamFailure(error)) throw error;
      this.#last = error;
      this.failed.add(stream);
      await this.#note(stream, error);
      if (error instanceof ConnectionError) this.#refused++;
      // Containers that are gone or refused, many at once perhaps, say nothing of the mailbox.
      else if (!(error instanceof GoneError) && ++this.#inARow >= MOST_FAILURES) throw error;
      return 'failed';
    }
  }

  /**
   * Throws the last failure where it is not the streams that fail: none succeeded, or several were refused and no other one is known
   * to be readable than those that tell which there are.
   */
  assertSomeSucceeded(): void {
    const none = !this.#succeeded || (this.#refused >= MOST_FAILURES && !this.#someStands());
    if (this.failed.size > 0 && none) throw this.#last;
  }

  #someStands(): boolean {
    const cursors = [...this.#run.session.cursors.values()];
    return cursors.some(({ stream, failures }) => failures === 0 && !this.roots.includes(stream));
  }

  /** Its container is gone, and no delta has said so: the list that still names it is compared as a whole. */
  #doubtRoots(chunk: Chunk, stream: string): void {
    for (const root of this.roots) if (root !== stream) chunk.changeCursor(root, restarted);
  }

  async #note(stream: string, error: unknown): Promise<void> {
    const { session } = this.#run;
    const { clock, random, log } = session.ports;
    log.warn('stream.failed', {
      domain: this.#run.domain.name,
      'error.code': codeOf(error),
      'error.message': error instanceof Error ? error.message : 'unknown',
    });
    await session.commit((chunk) => {
      if (error instanceof GoneError && session.cursors.get(stream)?.failures === DOUBTS - 1)
        this.#doubtRoots(chunk, stream);
      chunk.changeCursor(stream, (cursor) => {
        const pause =
          Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** cursor.failures) * (0.75 + random.fraction() / 2);
        return {
          ...cursor,
          failures: cursor.failures + 1,
          lastError: `${codeOf(error)}: ${error instanceof Error ? error.message : 'unknown'}`.slice(0, 300),
          notBefore: plus(clock.now(), pause).toISOString(),
        };
      });
    });
  }
}
