import type { Change } from '../../../shared/engine/model.ts';

/** What a ledger knows of the items of a domain. */
export interface Vocabulary<Item> {
  /** Fields that hold one value. */
  readonly singles: readonly string[];
  /** Fields that hold entries. */
  readonly lists: readonly string[];
  /** The member of the API, and of a conflict's losing values, that holds a field. */
  readonly memberOf: (field: string) => string;
  readonly valueOf: (item: Item, field: string) => string | null;
  readonly entriesOf: (item: Item, field: string) => readonly string[];
  readonly nameOf: (item: Item) => string;
  /** What nobody has written of it is as another item has it. */
  readonly isPart?: (item: Item) => boolean;
  /** Our id of that other item; null = it is not known, or there is none. */
  readonly wholeOf?: (item: Item) => string | null;
}

/** Which item: by our id, or by Graph's where a person made it and we have not met it. */
export type Of = { readonly id: string } | { readonly graphId: string };

/** `link`: a POST that met an item which Outlook has; what stands there may stay, whoever wrote it. */
export type Side = 'person' | 'application' | 'link';

type What =
  | { readonly set: string; readonly value: string | null }
  | { readonly add: string; readonly entry: string }
  | { readonly remove: string; readonly entry: string }
  | { readonly deleted: true };

interface Edit {
  readonly at: number;
  readonly side: Side;
  readonly of: Of;
  readonly what: What;
}

/** Where all ended: the list, the feed since the beginning, and our ids by Graph's. */
export interface End<Item> {
  readonly items: ReadonlyMap<string, Item>;
  readonly rows: readonly Change[];
  readonly ids: ReadonlyMap<string, string>;
}

/**
 * Every edit that was done, by whom, in the order of their doing. At the end each must be there, or have been overwritten by
 * a later one, or stand in the losing values of a conflict.
 */
export class Ledger<Item> {
  readonly #words: Vocabulary<Item>;
  readonly #first: ReadonlyMap<string, Item>;
  readonly #edits: Edit[] = [];
  readonly #forgotten: Of[] = [];

  /** `items`: as they stood before the first edit, by our ids. */
  constructor(words: Vocabulary<Item>, items: ReadonlyMap<string, Item>) {
    this.#words = words;
    this.#first = items;
  }

  /** All edits of one item, as text. */
  of(id: string): string[] {
    return this.#edits
      .filter(({ of }) => ('id' in of ? of.id : of.graphId) === id)
      .map(({ at, side, what }) => `${at} ${side} ${JSON.stringify(what)}`);
  }

  note(side: Side, of: Of, ...whats: readonly What[]): void {
    for (const what of whats) this.#edits.push({ at: this.#edits.length + 1, side, of, what });
  }

  /** Nobody can tell any more what an item must be, but that both sides agree. */
  forget(of: Of): void {
    this.#forgotten.push(of);
  }

  /** Everything that was lost, came from nowhere, or came back. */
  faults(end: End<Item>): string[] {
    const idOf = (of: Of): string => ('id' in of ? of.id : (end.ids.get(of.graphId) ?? of.graphId));
    const byItem = Map.groupBy(this.#edits, ({ of }) => idOf(of));
    const forgotten = new Set(this.#forgotten.map(idOf));
    const all = new Set([...this.#first.keys(), ...byItem.keys(), ...end.items.keys()]);
    return [...all]
      .filter((id) => !forgotten.has(id))
      .flatMap((id) => {
        const first = this.#first.get(id);
        const named = end.items.get(id) ?? first;
        const wholeId = named === undefined ? null : (this.#words.wholeOf?.(named) ?? null);
        const ofWhole = wholeId === null ? [] : (byItem.get(wholeId) ?? []);
        return new Story(id, { words: this.#words, first, edits: byItem.get(id) ?? [], ofWhole, end }).faults();
      });
  }
}

interface Value {
  readonly at: number;
  readonly value: string | null;
}

/** The edits of one item. */
class Story<Item> {
  readonly #words: Vocabulary<Item>;
  readonly #name: string;
  readonly #first: Item | undefined;
  readonly #edits: readonly Edit[];
  readonly #ofWhole: readonly Edit[];
  readonly #last: Item | undefined;
  readonly #rows: readonly Change[];

  constructor(
    id: string,
    given: {
      readonly words: Vocabulary<Item>;
      readonly first: Item | undefined;
      readonly edits: readonly Edit[];
      /** Those of what it is a part of. */
      readonly ofWhole: readonly Edit[];
      readonly end: End<Item>;
    },
  ) {
    const { words, first, edits, ofWhole, end } = given;
    this.#words = words;
    this.#first = first;
    this.#edits = edits;
    this.#ofWhole = ofWhole;
    this.#last = end.items.get(id);
    this.#rows = end.rows.filter((row) => row.id === id);
    const named = this.#last ?? first;
    this.#name = named === undefined ? id : words.nameOf(named);
  }

  /** What nobody wrote of it is as what it is a part of has it. */
  get #isPart(): boolean {
    const item = this.#last ?? this.#first;
    return item !== undefined && this.#words.isPart?.(item) === true;
  }

  faults(): string[] {
    const { singles, lists } = this.#words;
    const deletions = this.#edits.filter(({ what }) => 'deleted' in what);
    if (this.#last === undefined) return this.#faultsOfGone(deletions);
    const nobodys = this.#first === undefined && this.#edits.length === 0 && !this.#isPart;
    return [
      ...(nobodys ? [`${this.#name} came from nowhere`] : []),
      ...deletions.flatMap((edit) => this.#faultsOfStanding(edit)),
      ...singles.flatMap((field) => this.#faultsOfSingle(field, this.#last)),
      ...lists.flatMap((field) => this.#faultsOfList(field, this.#last)),
    ];
  }

  /** An item that is deleted on either side goes, and what the application wrote meanwhile is told as it goes. */
  #faultsOfGone(deletions: readonly Edit[]): string[] {
    if (deletions.length === 0) return [`${this.#name} is gone, and nobody deleted it`];
    const deleted = deletions.find(({ side }) => side === 'person')?.at ?? Infinity;
    const told = JSON.stringify(this.#rows.filter((row) => row.type.endsWith('.deleted')).map(({ before }) => before));
    return this.#words.singles.flatMap((field) => {
      const last = this.#lastOf('application', field);
      if (last === undefined || last.at < deleted || last.value === null) return [];
      const kept = told.includes(JSON.stringify(last.value)) || this.#isTold(field, last.value);
      return kept ? [] : [`${field} "${last.value}" of ${this.#name} went untold with it`];
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

  #lastOf(side: 'person' | 'application', field: string): Value | undefined {
    const values = this.#edits.flatMap(({ at, side: by, what }): Value[] => {
      if (!('set' in what) || what.set !== field) return [];
      // A link that lost, and told so, wrote nothing.
      const wrote = by === 'link' ? !this.#isTold(field, what.value) : by === 'application';
      return (side === 'application' ? wrote : by === 'person') ? [{ at, value: what.value }] : [];
    });
    return values.at(-1);
  }

  #faultsOfSingle(field: string, last: Item | undefined): string[] {
    if (last === undefined) return [];
    const value = this.#words.valueOf(last, field);
    const theirs = this.#lastOf('person', field) ?? this.#firstOf(field);
    const ours = this.#lastOf('application', field);
    if (theirs === undefined && (ours === undefined || this.#gaveWay(field, ours))) return [];
    const at = `${field} of ${this.#name} is ${quoted(value)}`;
    const stands = this.#standing(field, value, { ours, theirs });
    if (stands !== undefined) return this.#faultsOfLoser(field, { at, ...stands });
    return [`${at}, where the last were ${quoted(ours?.value)} and ${quoted(theirs?.value)}`];
  }

  /** The write that stands, and the one that must not be lost to it; undefined = none of what may stand does. */
  #standing(
    field: string,
    value: string | null,
    { ours, theirs }: { readonly ours: Value | undefined; readonly theirs: Value | undefined },
  ): { readonly winner: Value; readonly loser: Value | undefined } | undefined {
    if (ours?.value === value) return { winner: ours, loser: theirs };
    const gone = ours !== undefined && this.#isDeletedAfter(ours);
    if (theirs?.value === value) return { winner: theirs, loser: gone ? undefined : ours };
    const sent = gone ? this.#sentBefore(field, value) : undefined;
    return sent === undefined ? undefined : { winner: sent, loser: theirs };
  }

  /**
   * What the application wrote and then deleted it need not send: where an edit brings the item back, what it had sent before
   * stands, and in an item of its own making nothing where it had sent nothing.
   */
  #sentBefore(field: string, value: string | null): Value | undefined {
    const written = this.#edits.findLast(
      ({ side, what }) => side !== 'person' && 'set' in what && what.set === field && what.value === value,
    );
    if (written !== undefined) return { at: written.at, value };
    return this.#first === undefined && value === null ? { at: 0, value } : undefined;
  }

  /** What stood before the first edit. */
  #firstOf(field: string): Value | undefined {
    if (this.#first === undefined || this.#isPart) return undefined;
    return { at: 0, value: this.#words.valueOf(this.#first, field) };
  }

  /** What the application has written of a part may give way to what somebody has written of the whole; to nothing else. */
  #gaveWay(field: string, { value }: Value): boolean {
    const written = this.#ofWhole.some(({ what }) => 'set' in what && what.set === field);
    return this.#isPart && written && this.#isTold(field, value);
  }

  /** What was written later than what stands must have been told to lose. */
  #faultsOfLoser(
    field: string,
    { at, winner, loser }: { readonly at: string; readonly winner: Value; readonly loser: Value | undefined },
  ): string[] {
    const later = loser !== undefined && loser.at > winner.at && loser.value !== winner.value;
    if (!later || this.#isTold(field, loser.value)) return [];
    return [`${at}, which was written before ${quoted(loser.value)}: that is lost`];
  }

  #faultsOfList(field: string, last: Item | undefined): string[] {
    if (last === undefined || this.#isPart) return [];
    const { entriesOf } = this.#words;
    const there = new Set(entriesOf(last, field));
    const before = new Set(this.#first === undefined ? [] : entriesOf(this.#first, field));
    const wanted = new Map<string, boolean | null>([...before].map((entry) => [entry, true]));
    for (const edit of this.#edits) {
      const { side, what } = edit;
      // Whether it came to pass before the application deleted the item is all one.
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

  /** The application has deleted the item since, and with it what it had written. */
  #isDeletedAfter({ at }: { readonly at: number }): boolean {
    return this.#edits.some((edit) => edit.at > at && edit.side === 'application' && 'deleted' in edit.what);
  }

  /** Whether a conflict tells that this value lost. */
  #isTold(field: string, value: string | null): boolean {
    const member = this.#words.memberOf(field);
    return this.#rows.some((row) => {
      const losing: unknown = row.type.endsWith('.conflict') ? row.details?.['losing'] : undefined;
      if (typeof losing !== 'object' || losing === null || !(member in losing)) return false;
      const lost = JSON.stringify(Object.entries(losing).find(([name]) => name === member)?.[1]);
      return value === null ? lost === 'null' : lost.includes(JSON.stringify(value));
    });
  }
}

const quoted = (value: string | null | undefined): string => JSON.stringify(value ?? null);
