/** Tells listeners of this process that one of its output bindings has written to their queue. */
export class WakeUp {
  readonly #waiting = new Map<string, Set<() => void>>();

  notify(queue: string): void {
    for (const wake of this.#waiting.get(queue) ?? []) wake();
  }

  /** A signal that comes with the next word about a queue, or with `signal`. */
  next(queue: string, signal: AbortSignal): { signal: AbortSignal; forget: () => void } {
    const controller = new AbortController();
    const wake = () => {
      controller.abort();
    };
    const waiting = this.#waiting.get(queue) ?? new Set();
    this.#waiting.set(queue, waiting.add(wake));
    return { signal: AbortSignal.any([signal, controller.signal]), forget: () => void waiting.delete(wake) };
  }
}
