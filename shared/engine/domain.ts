import type { Fields, Json } from '../lib/json.ts';
import type { Change, EngineRecord, IndexEntry, OutboxOperation, Scope } from './model.ts';
import type { FirstPage, PartitionStore, Source } from './ports.ts';
import type { SetField } from './sets.ts';

/** An item as a page or a re-read brings it. */
export type Decoded =
  | {
      readonly type: 'item';
      readonly graphId: string;
      readonly etag: string | null;
      /** When the remote says that it changed; null where the item does not tell. */
      readonly modifiedAt: string | null;
      /** What came: all remote fields, or some of them when `partial`. */
      readonly fields: Fields;
      /** An entry in part tells that its item is another now, and maybe not all of what is: the item itself is read (P6). */
      readonly partial: boolean;
      /**
       * The key (`op`) of the local operation that made the item; null = nobody of ours made it; absent = this answer cannot
       * tell (a delta page).
       */
      readonly origin?: string | null | undefined;
      /**
       * Graph id of another item that must be held for this one to mean anything (what a thin item is a part of): where neither
       * the page nor the store has it, it is read when the round is complete.
       */
      readonly needs?: string | null | undefined;
    }
  | { readonly type: 'removed'; readonly graphId: string };

/** Beside a window that goes on: what it has left `behind`, and what is yet `ahead` of it. */
export type Side = 'behind' | 'ahead';

/** What index rows and change rows are made of; whether its writes are done (`own`, `refused`) may show in them. */
export type Shown = Pick<EngineRecord, 'id' | 'graphId' | 'fields' | 'own' | 'refused'>;

/** One sort of record in a domain. */
export interface Kind {
  readonly name: string;
  /** Whether its records make change rows (`{name}.created` ...). */
  readonly feed: boolean;
  /** The stream that an item with these fields belongs to; undefined = the fields do not say. */
  placeOf(fields: Fields): string | undefined;
  /** What an item of a stream's page is, though it does not say so itself: the fields that place it in this stream. */
  placed?(stream: string): Fields;
  /**
   * Reads one raw item; throws (a ZodError) when it cannot, which quarantines the item alone. Of a page (`whole` false)
   * an absent property is unchanged; of a re-read item (`whole` true) it is empty, and the item is never partial.
   */
  decode(raw: unknown, whole: boolean): Decoded;
  /** What a new record holds where its first item says nothing. */
  readonly defaults: Fields;
  /** The rows that lists are read by. A function of the record alone, so that old rows can be found again. */
  index(record: Shown & Pick<EngineRecord, 'kind' | 'stream'>): readonly IndexEntry[];
  /** What a change row shows of a record. */
  show(record: Shown): Fields;
  /** Fields that place an item (`folderId`): when they change between synced streams the change is a move. */
  readonly placeFields: readonly string[];
  /** Fields that are not told as a change when they alone differ. */
  readonly quietFields: readonly string[];
  /** Fields that are sent and never kept: when a write of them has come to its end they hold their default again (P16). */
  readonly onlySent?: readonly string[];
  /** Cuts what is too long for a row. Called only when the record does not fit. */
  shrink(fields: Fields): Fields;
  /**
   * The path that re-reads one item; `found` answers are decoded by `decode`. `stream` is where it is thought to be: the path may
   * lead through its container, so that what is elsewhere is not found there.
   */
  itemPath(graphId: string, stream?: string): string;
  /** A move may make the item anew, with another Graph id and the operation for its origin; the record goes on with that one. */
  readonly remakes?: boolean;
  /** Fields that are merged entry by entry; all others are merged whole. */
  readonly sets?: Readonly<Record<string, SetField>>;
  /** Groups of fields that are one: where a value of ours loses in one of them, all of ours do (P10). */
  readonly units?: readonly (readonly string[])[];
  /**
   * Keys by which a record that was born here and was not sent yet is found to be the same thing as an item that arrives, by
   * rank: a key of the first rank that both have decides.
   */
  matchKeys?(fields: Fields): readonly (readonly string[])[];
  /** Fields that say nothing of their own: made up of others (a name, where none was given). Another's value is no loss of theirs. */
  madeUp?(fields: Fields): readonly string[];
  /**
   * On which side of a stream's window an item with these fields lies, where that is certain; null = within it, or nobody can say.
   * A record that a round over the window did not bring and that is behind it rolled out of it: it goes without a word in the feed
   * and without re-reading (P18). An item that shows itself behind has left. A record that is ahead stays, for the window comes to
   * it: the rounds that do not bring it read it again.
   */
  outside?(fields: Fields, window: string): Side | null;
  /**
   * The Graph id of what an item is a part of together with others (the item that is the whole has its own id for it); null = of
   * nothing. The remote sends such a group anew as a whole: what it no longer brings of it is re-read (P7).
   */
  groupOf?(fields: Fields, graphId: string): string | null;
  /** The index column that holds `groupKey` of the group's Graph id. Goes with `groupOf`. */
  readonly groupColumn?: string;
  /**
   * What tells a part of a group from its other parts, whatever Graph id it has: the place that it fills in the whole, which no
   * two fill. Null = nothing does. A part whose place is filled by an item with another Graph id goes on as that item.
   */
  slotOf?(part: Fields, whole: Fields): string | null;
  /**
   * Of a part that holds nothing but what is its own: all that it shows with what its whole has, in the words in which an item that
   * tells all by itself says the same. Null = the part tells all itself. An edit of the part alone makes such an item of it: what
   * that shows as the whole does nobody has edited (P10). Goes with `slotOf`.
   */
  inFull?(part: Fields, whole: Fields): Fields | null;
  /** The field of a whole that lists, in ascending order, the slots of which the parts were deleted. Goes with `slotOf`. */
  readonly emptySlots?: string;
  /** Whether a write to a whole makes its parts anew: pages alone tell of these, and are asked for at once. Absent = none does. */
  readonly remakesParts?: (operation: OutboxOperation, record: EngineRecord) => boolean;
  /** Whether a write that is no deletion may take the item away: that it is gone is our doing then. Absent = none does. */
  readonly takesAway?: (operation: OutboxOperation) => boolean;
  /**
   * The fields that the remote changes by itself when it takes a write to this record, beside those that are written, as far as
   * what it shows now is what comes of that: they are our doing, whoever is the first to show them (P9). Absent = none.
   */
  readonly follows?: (operation: OutboxOperation, record: EngineRecord, shown: Fields) => readonly string[];
}

/** A stream that should exist. */
export interface StreamPlan {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  /** What it reads, as the API names that: rows about the stream tell it, also when it is there no more. */
  readonly place?: Fields;
  /** Polled before the others and in each pass; decides which others there are. */
  readonly root: boolean;
  readonly first: FirstPage;
  /** How many items the container says it holds, where it is known. */
  readonly expected: number | null;
  /** Read for finding what delta lost (P4): lists all ids of the container; null where it cannot be listed. */
  readonly idsPath: string | null;
  /** Where it can be read, the container is there (P7); null = the mailbox itself. */
  readonly containerPath: string | null;
  /**
   * The first page begins a plain list, with no delta link at its end: every poll is a complete round that compares, and what it
   * does not bring is re-read (P7).
   */
  readonly listed?: true;
  /**
   * The window that the first page asks for, opaque to the engine, and kept in the cursor: where the plan's differs, the next poll
   * begins a round over the new one that compares, and the old link is dropped.
   */
  readonly window?: string;
}

/** What a domain knows when it plans its streams. */
export interface PlanContext {
  /** The connection's settings for this domain, as its schema reads them. */
  readonly settings: Json;
  /**
   * All entries of the list whose orders begin with this letter (folders, lists, calendars), for lists that are short. Read
   * by their keys, and kept beside the head until one of them changes: a plan is made in every pass.
   */
  entries(letter: string): Promise<readonly IndexEntry[]>;
  /** Whether a stream was read once to its end. */
  baselined(stream: string): boolean;
  readonly source: Source;
  /** What the domain noted in the head, and the way to note anew (committed with the next commit). */
  readonly notes: Json;
  note(notes: Json): void;
}

/** What became of a push (P8). */
export type PushOutcome =
  /** The item as it is now; null = it was taken away. `alone`: it was as we knew it then, so that all that it shows is our doing. */
  | { readonly outcome: 'done'; readonly item: unknown; readonly alone?: boolean }
  /** The remote no longer has it. */
  | { readonly outcome: 'gone' }
  /** The remote has changed it since (412), or took a part of the write before it refuses the rest: the item as it is now. */
  | { readonly outcome: 'changed'; readonly item: unknown };

/** How local writes of a domain reach the remote. */
export interface PushPlan {
  /**
   * Brings one operation to the remote, exactly once in effect: after an attempt whose outcome is not known (`mayHaveArrived`)
   * it looks before it writes: a create looks for its marker. Answers the item as the remote holds
   * it now; of a delete it answers null. Throws RejectedError for what is refused for good.
   */
  push(operation: OutboxOperation, record: EngineRecord, source: Source): Promise<PushOutcome>;
}

/** A domain: what the engine needs to keep it in step. */
export interface Domain {
  readonly name: string;
  /** Rights that the sign-in must have given, in lower case; without them this domain cannot be synced, and others can (P11). */
  readonly needs?: readonly string[];
  /** Its kinds of record, as seen with what the domain noted (well-known folders ...). */
  kinds(notes: Json): Readonly<Record<string, Kind>>;
  /** The kind of the items that notifications name. */
  readonly namedKind: string;
  /** The streams that should be, in the order of their turns; root streams first, and alone until they were read once. */
  plan(context: PlanContext): Promise<readonly StreamPlan[]>;
  /** What a person or an application calls the place of an item that left all synced streams. */
  leftDetails(fields: Fields, notes: Json): Fields;
  /**
   * What a page of a stream teaches about places (the id of a folder that no list names). Asked with the raw items before they
   * are read; what it answers becomes the head's notes with that page, and its items are read with it. Rubbish teaches nothing.
   */
  learn?(stream: string, items: readonly unknown[], notes: Json): Json | undefined;
  /** The list of the places that streams are of, by the letter of its orders, and the stream of an entry: one that is in it is there. */
  readonly places?: {
    readonly letter: string;
    streamOf(item: Fields): string;
    /**
     * The path that reads an item in the place of an entry, whether that has a stream or not, and the fields that place it there;
     * the item is one of `namedKind`. For kinds whose paths lead through their places.
     */
    readonly itemIn?: (place: Fields, graphId: string) => { readonly path: string; readonly placed: Fields };
  };
  /**
   * Rows of the feed as they are to be read, where a record alone does not show all that it stands for. Reads what it needs of the
   * partition at once, and nothing where nothing is to be added.
   */
  readChanges?(
    store: Pick<PartitionStore, 'readRecords' | 'readRemotes'>,
    scope: Scope,
    changes: readonly Change[],
  ): Promise<readonly Change[]>;
  /**
   * The longest that its streams may go without a poll, in milliseconds, however rare the safety polls are: windows roll by polls
   * alone (P18). Absent = the safety polls do.
   */
  readonly pollAtLeastEveryMs?: number;
  readonly push: PushPlan;
  /** Conflict policy for fields that both sides changed (P10). */
  readonly policy: 'remote' | 'local';
}
