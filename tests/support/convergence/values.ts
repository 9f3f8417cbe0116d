import type { Random } from '../../../infra/local/graph/seed/random.ts';
import { entriesOf, most, type List, type ShownContact, type Single } from './fields.ts';

const DAY = 86_400_000;

/** What edits write: each a value that no other has. Counts them. */
export class Values {
  readonly #random: Random;
  /** How many edits were drawn so far. */
  count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A value that nobody has written before; now and then none, where one stands. */
  single(field: Single, present: string | null): string | null {
    const n = ++this.count;
    // One that was written here is not taken away again: it might come to what was there before, and be no edit at all.
    const isFirst = present !== null && !/^(jobTitle|notes|Linked) /.test(present);
    if ((field === 'jobTitle' || field === 'notes') && isFirst && this.#random.chance(0.2)) return null;
    if (field === 'birthday') return new Date(Date.UTC(1950, 0, 1) + n * DAY).toISOString().slice(0, 10);
    if (field === 'mobile') return `+1 425 555 ${String(1_000 + n)}`;
    return `${field} ${n}`;
  }

  #entry(field: List): string {
    const n = ++this.count;
    if (field === 'categories') return `Category ${n}`;
    return field === 'emails' ? `edit${n}@entries.example` : `+1 425 557 ${String(1_000 + n)}`;
  }

  /** One entry more, or one less. */
  change(
    field: List,
    contact: ShownContact,
  ): { entries: string[]; what: { add: List; entry: string } | { remove: List; entry: string } } {
    const random = this.#random;
    const present = entriesOf(contact, field);
    const victim = present[random.int(present.length)];
    if (victim !== undefined && (present.length >= most[field] || random.chance(0.4))) {
      this.count++;
      return { entries: present.filter((entry) => entry !== victim), what: { remove: field, entry: victim } };
    }
    const entry = this.#entry(field);
    return { entries: [...present, entry], what: { add: field, entry } };
  }
}
