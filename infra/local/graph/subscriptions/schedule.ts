import type { Clock } from '../clock.ts';

const LOOK_EVERY_MS = 20;

interface Task {
  readonly dueMs: number;
  readonly work: () => void;
}

/**
 * Work that is due by the server's clock, which control can move: looked at every 20 ms, so that moving the clock by
 * hours runs at once what falls due. Keeps no process alive.
 */
export class Schedule {
  private readonly clock: Clock;
  private readonly tasks = new Set<Task>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Runs `work` once at or after `dueMs`, never within this call. Returns the way to cancel it. */
  at(dueMs: number, work: () => void): () => void {
    if (this.stopped) return () => undefined;
    const task = { dueMs, work };
    this.tasks.add(task);
    if (dueMs <= this.clock.ms())
      setImmediate(() => {
        this.run(task);
      }).unref();
    this.timer ??= setInterval(() => {
      this.look();
    }, LOOK_EVERY_MS).unref();
    return () => this.tasks.delete(task);
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
    this.tasks.clear();
  }

  private look(): void {
    const now = this.clock.ms();
    const due = [...this.tasks].filter((task) => task.dueMs <= now).sort((a, b) => a.dueMs - b.dueMs);
    for (const task of due) this.run(task);
    if (this.tasks.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private run(task: Task): void {
    if (this.tasks.delete(task)) task.work();
  }
}
