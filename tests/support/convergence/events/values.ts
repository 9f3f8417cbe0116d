import type { Random } from '../../../../infra/local/graph/seed/random.ts';
import type { List, Single } from './fields.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Entries of one list. */
const MOST = 5;

/** What edits write: each a value that no other has. Counts them. */
export class Values {
  readonly #random: Random;
  readonly #from: number;
  /** How many edits were drawn so far. */
  count = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#from = Math.floor(Date.now() / DAY_MS + 5) * DAY_MS;
  }

  /** A value that nobody has written before. Times lie in the weeks to come. */
  single(field: Single): string {
    const n = ++this.count;
    if (field !== 'start') return `${field} ${n}`;
    return new Date(this.#from + n * 37 * MINUTE_MS).toISOString().replace('.000Z', 'Z');
  }

  /** One entry more, or one less. */
  change(
    field: List,
    present: readonly string[],
  ): { entries: string[]; what: { add: List; entry: string } | { remove: List; entry: string } } {
    const n = ++this.count;
    const victim = present[this.#random.int(present.length)];
    if (victim !== undefined && (present.length >= MOST || this.#random.chance(0.4)))
      return { entries: present.filter((entry) => entry !== victim), what: { remove: field, entry: victim } };
    const entry = field === 'categories' ? `Category ${n}` : `edit${n}@entries.example`;
    return { entries: [...present, entry], what: { add: field, entry } };
  }
}
