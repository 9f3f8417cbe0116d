import type { Change } from '../../../shared/engine/model.ts';
import {
  entriesOf,
  lists,
  memberOf,
  shownContact,
  singles,
  valueOf,
  type List,
  type ShownContact,
  type Single,
} from './fields.ts';

/** Which contact: by our id, or by Graph's where a person made it and we have not met it. */
export type Of = { readonly id: string } | { readonly graphId: string };

/** `link`: a POST that met a contact which Outlook has; what stands there may stay, whoever wrote it. */
export type Side = 'person' | 'application' | 'link';

type What =
  | { readonly set: Single; readonly value: string | null }
  | { readonly add: List; readonly entry: string }
  | { readonly remove: List; readonly entry: string }
  | { readonly deleted: true };

interface Edit {
  readonly at: number;
  readonly side: Side;
  readonly of: Of;
  readonly what: What;
}

/** Where all ended: the list, the feed since the beginning, and our ids by Graph's. */
export interface End {
  readonly contacts: ReadonlyMap<string, ShownContact>;
  readonly rows: readonly Change[];
  readonly ids: ReadonlyMap<string, string>;
}

/**
 * Every edit that was done, by whom, in the order of their doing. At the end each must be there, or have been overwritten by
 * a later one, or stand in the losing values of a conflict.
 */
export class Ledger {
  readonly #first: ReadonlyMap<string, ShownContact>;
  readonly #edits: Edit[] = [];

  /** `contacts`: as they stood before the first edit, by our ids. */
  constructor(contacts: ReadonlyMap<string, ShownContact>) {
    this.#first = contacts;
  }

  /** All edits of one contact, as text. */
  of(id: string): string[] {
    return this.#edits
      .filter(({ of }) => ('id' in of ? of.id : of.graphId) === id)
      .map(({ at, side, what }) => `${at} ${side} ${JSON.stringify(what)}`);
  }

  note(side: Side, of: Of, ...whats: readonly What[]): void {
    for (const what of whats) this.#edits.push({ at: this.#edits.length + 1, side, of, what });
  }

  /** Everything that was lost, came from nowhere, or came back. */
  faults(end: End): string[] {
    const byContact = Map.groupBy(this.#edits, ({ of }) =>
      'id' in of ? of.id : (end.ids.get(of.graphId) ?? of.graphId),
    );
    const all = new Set([...this.#first.keys(), ...byContact.keys(), ...end.contacts.keys()]);
    return [...all].flatMap((id) =>
      new Story(id, { first: this.#first.get(id), edits: byContact.get(id) ?? [], end }).faults(),
    );
  }
}

interface Value {
  readonly at: number;
  readonly value: string | null;
}

/** The edits of one contact. */
class Story {
  readonly #name: string;
  readonly #first: ShownContact | undefined;
  readonly #edits: readonly Edit[];
  readonly #last: ShownContact | undefined;
  readonly #rows: readonly Change[];

  constructor(
    id: string,
    {
      first,
      edits,
      end,
    }: { readonly first: ShownContact | undefined; readonly edits: readonly Edit[]; readonly end: End },
  ) {
    this.#first = first;
    this.#edits = edits;
    this.#last = end.contacts.get(id);
    this.#rows = end.rows.filter((row) => row.id === id);
    this.#name = `contact ${id} (${this.#last?.companyName ?? first?.companyName ?? 'new'})`;
  }

  faults(): string[] {
    const deletions = this.#edits.filter(({ what }) => 'deleted' in what);
    if (this.#last === undefined) return this.#faultsOfGone(deletions);
    const came = this.#first === undefined && this.#edits.length === 0 ? [`${this.#name} came from nowhere`] : [];
    return [
      ...came,
      ...deletions.flatMap((edit) => this.#faultsOfStanding(edit)),
      ...singles.flatMap((field) => this.#faultsOfSingle(field, this.#last)),
      ...lists.flatMap((field) => this.#faultsOfList(field, this.#last)),
    ];
  }

  /** A contact that is deleted on either side goes, and what the application wrote meanwhile is told as it goes. */
  #faultsOfGone(deletions: readonly Edit[]): string[] {
    if (deletions.length === 0) return [`${this.#name} is gone, and nobody deleted it`];
    const deleted = deletions.find(({ side }) => side === 'person')?.at ?? Infinity;
    const told = JSON.stringify(this.#rows.filter((row) => row.type.endsWith('.deleted')).map(({ before }) => before));
    return singles.flatMap((field) => {
      const last = this.#lastOf('application', field);
      if (last === undefined || last.at < deleted || last.value === null) return [];
      const kept = told.includes(JSON.stringify(last.value)) || this.#isTold(field, last.value);
      return kept ? [] : [`${field} "${last.value}" of ${this.#name} went untold with the contact`];
    });
  }

  /** What a person deleted stays so; of what the application deleted, an edit by a person may bring it back. */
  #faultsOfStanding({ side }: Edit): string[] {
    if (side === 'person') return [`${this.#name} stands, though a person deleted it`];
    const told = this.#rows.some(
      (row) => row.type.endsWith('.conflict') && JSON.stringify(row.details?.['losing']).includes('"deleted":true'),
    );
    return told ? [] : [`${this.#name} stands, though the application deleted it, and no conflict tells why`];
  }

  #lastOf(side: 'person' | 'application', field: Single): Value | undefined {
    const values = this.#edits.flatMap(({ at, side: by, what }): Value[] => {
      if (!('set' in what) || what.set !== field) return [];
      // A link that lost, and told so, wrote nothing.
      const wrote = by === 'link' ? !this.#isTold(field, what.value) : by === 'application';
      return (side === 'application' ? wrote : by === 'person') ? [{ at, value: what.value }] : [];
    });
    return values.at(-1);
  }

  #faultsOfSingle(field: Single, last: ShownContact | undefined): string[] {
    if (last === undefined) return [];
    const value = valueOf(last, field);
    const first = this.#first === undefined ? undefined : { at: 0, value: valueOf(this.#first, field) };
    const theirs = this.#lastOf('person', field) ?? first;
    const ours = this.#lastOf('application', field);
    if (theirs === undefined && ours === undefined) return [];
    const at = `${field} of ${this.#name} is ${quoted(value)}`;
    if (ours?.value === value) return this.#faultsOfLoser(field, { at, winner: ours, loser: theirs });
    if (theirs?.value !== value)
      return [`${at}, where the last were ${quoted(ours?.value)} and ${quoted(theirs?.value)}`];
    const gone = ours !== undefined && this.#isDeletedAfter(ours);
    return gone ? [] : this.#faultsOfLoser(field, { at, winner: theirs, loser: ours });
  }

  /** What was written later than what stands must have been told to lose. */
  #faultsOfLoser(
    field: Single,
    { at, winner, loser }: { readonly at: string; readonly winner: Value; readonly loser: Value | undefined },
  ): string[] {
    const later = loser !== undefined && loser.at > winner.at && loser.value !== winner.value;
    if (!later || this.#isTold(field, loser.value)) return [];
    return [`${at}, which was written before ${quoted(loser.value)}: that is lost`];
  }

  #faultsOfList(field: List, last: ShownContact | undefined): string[] {
    if (last === undefined) return [];
    const there = new Set(entriesOf(last, field));
    const before = new Set(this.#first === undefined ? [] : entriesOf(this.#first, field));
    const wanted = new Map<string, boolean | null>([...before].map((entry) => [entry, true]));
    for (const edit of this.#edits) {
      const { side, what } = edit;
      // Whether it came to pass before the application deleted the contact is all one.
      const open = side !== 'person' && this.#isDeletedAfter(edit);
      if ('add' in what && what.add === field) wanted.set(what.entry, open ? null : true);
      if ('remove' in what && what.remove === field) wanted.set(what.entry, open ? null : false);
    }
    const from = [...there].filter((entry) => !wanted.has(entry));
    const wrong = [...wanted].filter(
      ([entry, is]) => is !== null && is !== there.has(entry) && !this.#isTold(field, entry),
    );
    return [
      ...from.map((entry) => `${field} of ${this.#name} has "${entry}", which nobody wrote`),
      ...wrong.map(([entry, is]) => `${field} of ${this.#name} ${is === true ? 'lost' : 'still has'} "${entry}"`),
    ];
  }

  /** The application has deleted the contact since, and with it what it had written. */
  #isDeletedAfter({ at }: { readonly at: number }): boolean {
    return this.#edits.some((edit) => edit.at > at && edit.side === 'application' && 'deleted' in edit.what);
  }

  /** Whether a conflict tells that this value lost. */
  #isTold(field: Single | List, value: string | null): boolean {
    const member = memberOf(field);
    return this.#rows.some((row) => {
      const losing: unknown = row.type.endsWith('.conflict') ? row.details?.['losing'] : undefined;
      if (typeof losing !== 'object' || losing === null || !(member in losing)) return false;
      const lost = JSON.stringify(Object.entries(losing).find(([name]) => name === member)?.[1]);
      return value === null ? lost === 'null' : lost.includes(JSON.stringify(value));
    });
  }
}

const quoted = (value: string | null | undefined): string => JSON.stringify(value ?? null);

/** Contacts of a list by our ids. */
export const byId = (items: readonly unknown[]): Map<string, ShownContact> =>
  new Map(items.map((item) => shownContact.parse(item)).map((contact) => [contact.id, contact]));
