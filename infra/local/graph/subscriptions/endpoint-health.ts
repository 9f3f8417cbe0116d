const WINDOW_MS = 10 * 60_000;
const SLOW_MS = 3000;
const DROP_MS = 10_000;
/** Our own floor, Graph names none: one late answer of a fresh endpoint makes no share. */
const LEAST_REPLIES = 10;

interface Reply {
  readonly atMs: number;
  readonly tookMs: number;
}

export type Health = 'fine' | 'slow' | 'drop';

/**
 * How an endpoint answers: over 10 % of the replies of ten minutes later than 3 s make it slow (held back ten minutes),
 * over 15 % later than 10 s make it drop (told nothing for ten minutes). Looked at again when that is over.
 */
export class EndpointHealth {
  private replies: Reply[] = [];
  private state: Health = 'fine';
  private untilMs = 0;

  note(reply: Reply): void {
    this.replies.push(reply);
  }

  at(nowMs: number): Health {
    if (nowMs < this.untilMs) return this.state;
    this.replies = this.replies.filter((reply) => reply.atMs > nowMs - WINDOW_MS);
    this.state = this.judge();
    this.untilMs = this.state === 'fine' ? 0 : nowMs + WINDOW_MS;
    return this.state;
  }

  /** When a slow endpoint is tried again. */
  get heldUntilMs(): number {
    return this.untilMs;
  }

  private judge(): Health {
    const all = this.replies.length;
    if (all < LEAST_REPLIES) return 'fine';
    const later = (than: number): number => this.replies.filter((reply) => reply.tookMs >= than).length / all;
    if (later(DROP_MS) > 0.15) return 'drop';
    return later(SLOW_MS) > 0.1 ? 'slow' : 'fine';
  }
}
