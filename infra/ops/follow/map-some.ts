/** Requests at once: a service of its size takes more, but nobody else should wait for an operator. */
const AT_ONCE = 4;

/** Results in the order of the items, worked out a few at a time. The first failure is thrown, and no further item begun. */
export async function mapSome<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>();
  const waiting = [...items.entries()];
  const run = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        results.set(next[0], await work(next[1]));
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
  return [...results.entries()].toSorted(([a], [b]) => a - b).map(([, result]) => result);
}
