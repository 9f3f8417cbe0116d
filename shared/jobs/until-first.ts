import { FenceLostError } from '../errors.ts';

const MOST_TRIES = 10;

/**
 * A compare and swap, tried anew each time another writer was first. `attempt` hears whether it is the first try: what its
 * caller had read may serve for that one only. Throws the FenceLostError of the last try, and at once what is none.
 */
export async function untilFirst<T>(attempt: (isFirst: boolean) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(tries === 1);
    } catch (error) {
      if (!(error instanceof FenceLostError) || tries >= MOST_TRIES) throw error;
    }
  }
}
