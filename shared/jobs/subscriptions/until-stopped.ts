import type { RemoteSubscriptions } from '../../engine/remote-ports.ts';
import { ConnectionError, ThrottledError } from '../../errors.ts';

/** Graph's subscriptions for one piece of work. */
export interface StoppableSubscriptions extends RemoteSubscriptions {
  /** The failure after which nothing more is asked; null = none yet. */
  stopped(): Error | null;
}

/**
 * Asks nothing more once Graph wants to be left alone (P13) or the grant is dead: every later call fails as that one did.
 * A 403 is about one resource alone.
 */
export function untilStopped(remote: RemoteSubscriptions): StoppableSubscriptions {
  let stop: Error | null = null;
  const start = (): void => {
    if (stop !== null) throw stop;
  };
  const note = (error: unknown): unknown => {
    if (isStop(error)) stop = error;
    return error;
  };
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    start();
    try {
      return await work();
    } catch (error) {
      throw note(error);
    }
  };
  return {
    stopped: () => stop,
    create: (request) => call(() => remote.create(request)),
    renew: (id, expiresAt) => call(() => remote.renew(id, expiresAt)),
    remove: (id) => call(() => remote.remove(id)),
    async *list() {
      start();
      try {
        yield* remote.list();
      } catch (error) {
        throw note(error);
      }
    },
  };
}

const isStop = (error: unknown): error is ThrottledError | ConnectionError =>
  error instanceof ThrottledError || (error instanceof ConnectionError && error.facts.status !== 403);
