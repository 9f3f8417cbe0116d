/** One line of `GET /control/notifications`. */
export interface DeliveryLine {
  readonly at: string;
  readonly subscriptionId: string;
  readonly url: string;
  /** null: no answer, or nothing was sent (see `outcome`). */
  readonly status: number | null;
  /** From 1; 0 when nothing was sent. */
  readonly attempt: number;
  readonly outcome: 'delivered' | 'failed' | 'lost' | 'dropped' | 'given up';
  /** How many items of this subscription the POST held. */
  readonly items: number;
  readonly lifecycle?: string;
}

const MOST_LINES = 20_000;

export class DeliveryLog {
  readonly lines: DeliveryLine[] = [];

  add(line: DeliveryLine): void {
    this.lines.push(line);
    if (this.lines.length > MOST_LINES) this.lines.splice(0, MOST_LINES / 2);
  }
}
