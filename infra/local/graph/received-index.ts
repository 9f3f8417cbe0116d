import type { Message } from './model.ts';

/** Where a reader stands in the order newest first; ties by number, higher first. */
export interface IndexKey {
  receivedMs: number;
  num: number;
}

const FEW = 64;

function compare(left: IndexKey, right: IndexKey): number {
  return right.receivedMs - left.receivedMs || right.num - left.num;
}

/** Messages newest first. Adding many and reading once costs one sort; single changes cost a binary search. */
export class ReceivedIndex {
  private sorted: Message[] = [];
  private pending: Message[] = [];

  get size(): number {
    return this.sorted.length + this.pending.length;
  }

  add(message: Message): void {
    this.pending.push(message);
  }

  remove(message: Message): void {
    const items = this.items();
    const at = this.position(message);
    if (items[at] === message) items.splice(at, 1);
  }

  /** All of it; not to be changed by the caller. */
  items(): Message[] {
    if (this.pending.length > FEW) {
      this.sorted = this.sorted.concat(this.pending).sort(compare);
      this.pending = [];
    } else if (this.pending.length > 0) {
      const added = this.pending;
      this.pending = [];
      for (const message of added) this.sorted.splice(this.position(message), 0, message);
    }
    return this.sorted;
  }

  /** The place of the first item that stands at or after the key. */
  position(key: IndexKey): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const item = this.sorted[middle];
      if (item !== undefined && compare(item, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
