import type { Fields, Json } from '../lib/json.ts';
import type { EngineRecord, IndexEntry, OutboxOperation } from './model.ts';
import type { FirstPage, RemoteWrite, Source } from './ports.ts';

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
      readonly partial: boolean;
    }
  | { readonly type: 'removed'; readonly graphId: string };

/** One sort of record in a domain. */
export interface Kind {
  readonly name: string;
  /** Whether its records make change rows (`{name}.created` ...). */
  readonly feed: boolean;
  /** The stream that an item with these fields belongs to; undefined = the fields do not say. */
  placeOf(fields: Fields): string | undefined;
  /**
   * Reads one raw item; throws (a ZodError) when it cannot, which quarantines the item alone. Of a page (`whole` false)
   * an absent property is unchanged; of a re-read item (`whole` true) it is empty, and the item is never partial.
   */
  decode(raw: unknown, whole: boolean): Decoded;
  /** What a new record holds where its first item says nothing. */
  readonly defaults: Fields;
  /** The rows that lists are read by. A function of the record alone, so that old rows can be found again. */
  index(record: Pick<EngineRecord, 'id' | 'kind' | 'graphId' | 'stream' | 'fields'>): readonly IndexEntry[];
  /** What a change row shows of a record. */
  show(record: Pick<EngineRecord, 'id' | 'graphId' | 'fields'>): Fields;
  /** Fields that place an item (`folderId`): when they change between synced streams the change is a move. */
  readonly placeFields: readonly string[];
  /** Fields that are not told as a change when they alone differ. */
  readonly quietFields: readonly string[];
  /** Cuts what is too long for a row. Called only when the record does not fit. */
  shrink(fields: Fields): Fields;
  /** The path that re-reads one item; `found` answers are decoded by `decode`. */
  itemPath(graphId: string): string;
}

/** A stream that should exist. */
export interface StreamPlan {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  /** Polled before the others and in each pass; decides which others there are. */
  readonly root: boolean;
  readonly first: FirstPage;
  /** How many items the container says it holds, where it is known. */
  readonly expected: number | null;
  /** Read for finding what delta lost (P4): lists all ids of the container; null where it cannot be listed. */
  readonly idsPath: string | null;
  /** Where it can be read, the container is there (P7); null = the mailbox itself. */
  readonly containerPath: string | null;
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
  | { readonly outcome: 'done'; readonly item: unknown }
  /** The remote no longer has it. */
  | { readonly outcome: 'gone' };

/** How local writes of a domain reach the remote. */
export interface PushPlan {
  /**
   * Brings one operation to the remote, exactly once in effect: after an attempt whose outcome is not known
   * (`operation.attempts > 0`) it looks before it writes. Answers the item as the remote holds it now.
   */
  push(operation: OutboxOperation, record: EngineRecord, source: Source): Promise<PushOutcome>;
}

/** A domain: what the engine needs to keep it in step. */
export interface Domain {
  readonly name: string;
  /** Its kinds of record, as seen with what the domain noted (well-known folders ...). */
  kinds(notes: Json): Readonly<Record<string, Kind>>;
  /** The kind of the items that notifications name. */
  readonly namedKind: string;
  /** The streams that should be, in the order of their turns; root streams first, and alone until they were read once. */
  plan(context: PlanContext): Promise<readonly StreamPlan[]>;
  /** What a person or an application calls the place of an item that left all synced streams. */
  leftDetails(fields: Fields, notes: Json): Fields;
  readonly push: PushPlan;
  /** Conflict policy for fields that both sides changed (P10). */
  readonly policy: 'remote' | 'local';
}

export type { RemoteWrite };
