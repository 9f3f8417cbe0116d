import type { App } from '../../shared/app.ts';

/** Thrown where a worker dies in a test, and by everything that it tries after. */
export class Died extends Error {}

/** The parts of one worker that dies at its n-th call: before the call has an effect, or after it and before it hears of it. */
export function dying(
  at: number,
  when: 'before' | 'after',
): { readonly over: <T extends object>(part: T) => T; readonly calls: () => number } {
  let count = 0;
  let dead = false;
  const call = async (act: () => unknown): Promise<unknown> => {
    if (dead) throw new Died('dead');
    const dies = ++count === at;
    if (dies && when === 'before') dead = true;
    if (dead) throw new Died('died');
    const answer = await act();
    if (dies) dead = true;
    if (dead) throw new Died('died');
    return answer;
  };
  const over = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, member) {
        const value: unknown = Reflect.get(target, member, target);
        if (typeof value !== 'function') return value;
        if (member === 'sizeOf') return (...args: unknown[]): unknown => Reflect.apply(value, target, args);
        if (isPages(value))
          return async function* (...args: unknown[]): AsyncGenerator {
            await call(() => undefined);
            yield* value.apply(target, args);
          };
        return (...args: unknown[]): Promise<unknown> => call((): unknown => Reflect.apply(value, target, args));
      },
    });
  return { over, calls: () => count };
}

/** A list that is read page by page: asking for it is the call. */
const isPages = (value: unknown): value is (this: unknown, ...args: unknown[]) => AsyncIterable<unknown> =>
  Object.prototype.toString.call(value) === '[object AsyncGeneratorFunction]';

/**
 * A worker that dies at its n-th call of storage, queue or receiver: before the call has an effect, or after it and before
 * the worker hears of it. `calls` counts.
 */
export function mortal(app: App, at: number, when: 'before' | 'after'): App & { readonly calls: () => number } {
  const { over, calls } = dying(at, when);
  return {
    ...app,
    store: over(app.store),
    deliveries: over(app.deliveries),
    endpoints: over(app.endpoints),
    connections: over(app.connections),
    due: over(app.due),
    queues: over(app.queues),
    transport: over(app.transport),
    calls,
  };
}
