import type { Clock } from '../lib/clock.ts';
import type { Fields } from '../lib/json.ts';
import type { Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import type { Head, VersionedHead } from './head.ts';
import type { Media } from './remote-ports.ts';
import type {
  Change,
  Cursor,
  EngineRecord,
  Hint,
  IndexEntry,
  Listing,
  OutboxOperation,
  Quarantined,
  Scope,
  StoredAnswer,
} from './model.ts';

/** One row of a commit. Puts replace the whole row; a removal of a row that is not there is no error. */
export type Write =
  | { readonly row: 'cursor'; readonly put: Cursor }
  | { readonly row: 'cursor'; readonly remove: string }
  | { readonly row: 'record'; readonly put: EngineRecord }
  | { readonly row: 'record'; readonly remove: string }
  | { readonly row: 'remote'; readonly put: { readonly graphId: string; readonly id: string } }
  | { readonly row: 'remote'; readonly remove: string }
  | { readonly row: 'index'; readonly put: IndexEntry }
  | { readonly row: 'index'; readonly remove: { readonly order: string; readonly id: string } }
  | { readonly row: 'change'; readonly put: Change }
  | { readonly row: 'hint'; readonly put: Hint }
  | { readonly row: 'hint'; readonly remove: { readonly stream: string; readonly id: string } }
  | { readonly row: 'outbox'; readonly put: OutboxOperation }
  | { readonly row: 'outbox'; readonly remove: string }
  | { readonly row: 'answer'; readonly put: StoredAnswer }
  | { readonly row: 'answer'; readonly remove: string }
  | { readonly row: 'bad'; readonly put: Quarantined }
  | { readonly row: 'bad'; readonly remove: { readonly stream: string; readonly id: string } }
  | { readonly row: 'listing'; readonly put: Listing }
  /** The wake row, if it still has that version; else the whole commit fails (FenceLostError). */
  | { readonly row: 'wake'; readonly remove: string };

/** Most rows of one commit, the head among them (Table Storage takes 100 operations in a transaction). */
export const COMMIT_ROWS = 100;
/** Most bytes of one commit (Table Storage takes 4 MiB on the wire). */
export const COMMIT_BYTES = 3.5 * 1024 * 1024;

export interface IndexPage {
  readonly entries: readonly IndexEntry[];
  /** Null = the end. A page may be short or empty and still go on. */
  readonly next: string | null;
}

/** What an index is listed by. */
export interface IndexQuery {
  /** Lowest order, inclusive. */
  readonly from: string;
  /** Highest order, exclusive. */
  readonly to: string;
  /** Equality filters on columns, answered by the server. */
  readonly where: Readonly<Record<string, string | number | boolean>>;
  readonly limit: number;
  readonly after: string | null;
}

/** A wake-up that was raised; `version` is for taking it away. */
export interface RaisedWake {
  readonly ids: readonly string[] | 'all';
  readonly version: string;
}

/**
 * The rows that stand first in a partition, read in one go, the head before all others (P2): what follows is at least as new
 * as the head, and as it stood with the head once a commit names the head's version.
 */
export interface Front extends VersionedHead {
  readonly cursors: readonly Cursor[];
  /** What was kept of lists; it holds only while the head names its id. */
  readonly listing: Listing | null;
  readonly wake: RaisedWake | null;
}

/** The rows of one partition. All failures are typed: FenceLostError, StorageError, TooLargeError, ClosedError. */
export interface PartitionStore {
  /** Null where there is no such partition. */
  readHead(scope: Scope): Promise<VersionedHead | null>;
  /** The head and what stands beside it, in one request while it fits a page; null where there is no such partition. */
  readFront(scope: Scope): Promise<Front | null>;
  /** Makes the head; where one stands, that one is returned. */
  createHead(scope: Scope, head: Head): Promise<VersionedHead>;
  /**
   * Writes head and rows in one transaction if the head still has `version`, and answers the head's new version.
   * `commitId` must be the newest of `head.commits`: after an answer that tells nothing the store looks for it in the head.
   * Throws FenceLostError when another writer was first.
   */
  commit(
    scope: Scope,
    change: {
      readonly version: string;
      readonly head: Head;
      readonly commitId: string;
      readonly writes: readonly Write[];
    },
  ): Promise<string>;
  /** Bytes that a write takes on the wire, at most; throws TooLargeError where it cannot fit a row. */
  sizeOf(write: Write): number;
  readCursors(scope: Scope): Promise<Cursor[]>;
  readRecords(scope: Scope, ids: readonly string[]): Promise<Map<string, EngineRecord>>;
  /** Record ids by Graph id, for those that have a `remote` row. */
  readRemotes(scope: Scope, graphIds: readonly string[]): Promise<Map<string, string>>;
  /** Ids of all records, in pages; for knowing what is not there without asking for each. */
  recordIds(scope: Scope): AsyncIterable<readonly string[]>;
  /** Records of a stream that an older generation saw last, in pages. */
  recordsBefore(scope: Scope, stream: string, generation: number): AsyncIterable<readonly EngineRecord[]>;
  /** Graph ids, record ids and kinds of a stream's records, in pages. */
  recordsOf(scope: Scope, stream: string): AsyncIterable<readonly EngineRecord[]>;
  readHints(scope: Scope): Promise<Hint[]>;
  /** The operations of one record, or of all. */
  readOutbox(scope: Scope, recordId?: string): Promise<OutboxOperation[]>;
  readAnswer(scope: Scope, key: string): Promise<StoredAnswer | null>;
  /** Keys of answers that were given before this time, at most `limit`. */
  answersBefore(scope: Scope, time: Date, limit: number): Promise<string[]>;
  readBad(scope: Scope, stream: string): Promise<Quarantined[]>;
  list(scope: Scope, query: IndexQuery): Promise<IndexPage>;
  /** Changes with a number above `after`, in order, at most `limit`. */
  readChanges(scope: Scope, after: number, limit: number): Promise<Change[]>;
  /** Removes change rows numbered below `seq` (already out of the head's reach); answers how many. */
  dropChanges(scope: Scope, below: number): Promise<number>;
  /** Number of the first change at or after this time; null where none is. */
  firstChangeSince(scope: Scope, at: Date): Promise<number | null>;
  /**
   * Removes all rows of a partition, the wake row among them, in chunks, and its head last; may be called again after a crash.
   * Only for partitions whose head was closed: nobody can commit to them, before or after (P15).
   */
  erase(scope: Scope): Promise<void>;
  /** As `erase`, but the head stays: closed for good, it keeps the partition from being begun anew. */
  eraseRows(scope: Scope): Promise<void>;
}

/** The `wake` row: a job for this partition is on its way (P3). Outside the fence. */
export interface WakeStore {
  /**
   * Says that a wake-up is on its way, with the Graph ids that it names (null = all).
   * Answers `send` when the caller must send a job, `coalesced` when one is on its way already.
   */
  raise(scope: Scope, ids: readonly string[] | null): Promise<'send' | 'coalesced'>;
  /** What has been raised; null where nothing is. `version` is for `clear`. */
  read(scope: Scope): Promise<RaisedWake | null>;
  /** Takes the row away if it still has that version; false = it grew meanwhile, read again. Without a version: whatever stands. */
  clear(scope: Scope, version?: string): Promise<boolean>;
}

/** A request for the first page of a round. `path` is below the version root, starts with `/`, and is encoded. */
export interface FirstPage {
  readonly path: string;
}

/** One page of a round: `next` or `delta` is set, not both; the last page of a plain list has neither. */
export interface RemotePage {
  readonly items: readonly unknown[];
  readonly next: string | null;
  readonly delta: string | null;
}

/** The outcome of re-reading one item: only `gone` means that the item is gone (P7). */
export type ItemAnswer =
  | { readonly outcome: 'found'; readonly raw: unknown }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'failed'; readonly error: Error };

/** A single write to the remote. */
export interface RemoteWrite {
  readonly method: 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: Fields;
  /** Instead of a body: what is no JSON. */
  readonly media?: Media;
  readonly ifMatch?: string;
}

/**
 * Reads and writes one mailbox. Throws the errors of `errors.ts`: ResyncRequiredError for a dead link, ThrottledError,
 * ConnectionError, GoneError, ConflictError, RejectedError, TransientError. Ids are immutable ones on every call.
 */
export interface Source {
  /** A page by the link of the page before, called unchanged, or the first one. */
  page(at: string | FirstPage, pageSize: number): Promise<RemotePage>;
  /** Reads one object; GoneError when it is not there. */
  get(path: string): Promise<unknown>;
  /** Reads many objects, in batches; one failing item fails alone. Order as asked. */
  getMany(paths: readonly string[]): Promise<ItemAnswer[]>;
  /** A list to its end, page by page (no delta). */
  list(path: string): AsyncIterable<readonly unknown[]>;
  /** Reads what is no JSON; GoneError where there is none, TransientError where it is more than so many bytes. */
  media(path: string, largest: number): Promise<Media>;
  /** Sends a write once, without a retry of its own; answers the body, or null where there is none. */
  write(write: RemoteWrite): Promise<unknown>;
}

/** What the engine needs of the world besides store and source. */
export interface EnginePorts {
  readonly store: PartitionStore;
  readonly wake: WakeStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
