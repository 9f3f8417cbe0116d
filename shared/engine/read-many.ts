import { ConnectionError, ThrottledError, TransientError } from '../errors.ts';
import type { ItemAnswer } from './ports.ts';

/**
 * Throws where the mailbox wants a rest: it must not be asked for the next items then (P13). For after what was found has
 * been kept. Any other failure of single items leaves only them; a grant or a mailbox that is dead shows at the next page.
 */
export function throwIfThrottled(answers: readonly ItemAnswer[]): void {
  for (const answer of answers) {
    if (answer.outcome === 'failed' && answer.error instanceof ThrottledError) throw answer.error;
  }
}

/**
 * Throws where the grant or the mailbox itself is dead. For answers after which perhaps no page is asked for that would
 * show it (P17).
 */
export function throwIfDead(answers: readonly ItemAnswer[]): void {
  for (const answer of answers) {
    if (answer.outcome !== 'failed' || !(answer.error instanceof ConnectionError)) continue;
    if (answer.error.reason !== 'access_denied') throw answer.error;
  }
}

/** Whether an item could not be read for now: that says nothing of it, and is asked again. */
export const isPassing = (answer: ItemAnswer): boolean =>
  answer.outcome === 'failed' && answer.error instanceof TransientError;
