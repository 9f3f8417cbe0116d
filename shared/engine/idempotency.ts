import { AppError } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import type { Scope, StoredAnswer } from './model.ts';
import type { EnginePorts } from './ports.ts';

/** How long the answer to a request with an Idempotency-Key is kept. */
export const ANSWER_LIFE_MS = 24 * 3_600_000;
/** A request that neither answered nor renewed its reservation for this time is taken for dead: the same key may work again. */
export const RESERVATION_MS = 60_000;

/** A request that must have its effect once: what its key stands for, and what it asked. */
export interface RequestOnce {
  /** Hash of the API key, method, path and Idempotency-Key. */
  readonly key: string;
  /** Hash of what was asked: the same key with another one is a mistake of the caller. */
  readonly bodyHash: string;
}

/** The key of a request taken for one worker, until it answers or its time is over. */
export interface Reservation extends RequestOnce {
  /** Who took it: unique to the request. */
  readonly owner: string;
  readonly version: string;
}

/** What a request with a key meets. */
export type Taken =
  | { readonly outcome: 'taken'; readonly reservation: Reservation }
  /** Another request with this key is at work, until then at most. */
  | { readonly outcome: 'busy'; readonly bodyHash: string; readonly until: Date }
  | { readonly outcome: 'answered'; readonly answer: StoredAnswer };

/** Answers to requests whose effect is no commit of one partition. Failures are StorageError or TooLargeError. */
export interface IdempotencyStore {
  /** Takes the key, by insert: of several at once exactly one gets it. What has expired counts as nothing. */
  take(once: RequestOnce): Promise<Taken>;
  /** Has the reservation last RESERVATION_MS from now, while its request is at work; null where another has taken the key. */
  renew(reservation: Reservation): Promise<Reservation | null>;
  /** The answer that is kept for a key; null where there is none, or it has expired. */
  read(key: string): Promise<StoredAnswer | null>;
  /**
   * Keeps the answer in the place of the reservation; false where its time was over and another has taken the key. `connectionId` is
   * the connection that the answer may tell about.
   */
  complete(reservation: Reservation, answer: StoredAnswer, connectionId: string | null): Promise<boolean>;
  /** Gives the key back without an answer; nothing where another has taken it. */
  release(reservation: Reservation): Promise<void>;
  /** Removes all answers that may tell about a connection. Reads through all answers: for what happens seldom. */
  dropOf(connectionId: string): Promise<void>;
  /** Removes what has expired; answers how many. */
  dropExpired(now: Date): Promise<number>;
}

/** Another request with this key was first, and its write is committed: its answer is the answer. */
export class AnsweredError extends AppError {
  readonly code = 'engine.answered';
  readonly answer: StoredAnswer;

  constructor(answer: StoredAnswer) {
    super('a request with this Idempotency-Key was answered before');
    this.answer = answer;
  }
}

/** The answer that a domain write with this key got within its life; null where there is none. */
export async function readFreshAnswer(
  ports: Pick<EnginePorts, 'store' | 'clock'>,
  scope: Scope,
  key: string,
): Promise<StoredAnswer | null> {
  const answer = await ports.store.readAnswer(scope, key);
  return answer !== null && answer.at > plus(ports.clock.now(), -ANSWER_LIFE_MS).toISOString() ? answer : null;
}
