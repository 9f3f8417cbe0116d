import { z } from 'zod';
import { fieldsSchema, type Fields } from '../lib/json.ts';

/** One partition: all that must change together. `part` tells rooms apart, each with a head and a feed of its own. */
export interface Scope {
  readonly connectionId: string;
  readonly domain: string;
  readonly part?: string;
}

/** Why a change came about. */
export const causeSchema = z.enum(['push', 'poll', 'resync', 'own-write', 'system']);
export type Cause = z.output<typeof causeSchema>;

/** A local write that Graph was told, or is being told: its values are ours when a delta brings them back (P9). */
export const ownWriteSchema = z.object({
  op: z.string(),
  fields: fieldsSchema,
  /** What the remote held before: a late page that still shows it is no remote edit. */
  before: fieldsSchema,
  done: z.boolean(),
});
export type OwnWrite = z.output<typeof ownWriteSchema>;

/** A normalised message, folder, contact, event, task ... as it stands with us. */
export interface EngineRecord {
  readonly id: string;
  readonly kind: string;
  /** Null until Graph knows it. */
  readonly graphId: string | null;
  readonly etag: string | null;
  /** The stream that it belongs to. */
  readonly stream: string;
  /** The generation of that stream that saw it last. */
  readonly generation: number;
  /** When the remote last changed it, as the remote says; ISO-8601, or null. */
  readonly modifiedAt: string | null;
  readonly fields: Fields;
  /** What the remote last said, where it differs from `fields`; null = the same. */
  readonly base: Fields | null;
  /** Of a kind with groups: the version that our last write has made of the item. */
  readonly ownEtag?: string | undefined;
  /** Of the whole of a group: others have changed it, and no page has shown it since. What that shows of its parts is theirs (P9). */
  readonly unshown?: boolean | undefined;
  /** Own writes under way, and those done that no delta has confirmed. */
  readonly own: readonly OwnWrite[];
  /** Something was cut to fit the row. */
  readonly truncated: boolean;
  /**
   * True: the feed knows it, though the stream where it is now was never told of. False: it went from the feed with a stream that a
   * write of ours was moving it into; with its next change it is new. Absent = as its stream.
   */
  readonly told?: boolean | undefined;
  /**
   * The operation that deletes it. For everybody outside the engine it is no longer there: no index rows, in no count. Its row
   * stays until the remote's removal is settled, so that no late page brings it back.
   */
  readonly leaving?: string | undefined;
  /** The last local write was refused for good; goes with the next local write. */
  readonly refused?: Refusal | undefined;
  /** What the last merge (a conflict, a link) overwrote; goes with the next write of these fields, here or by others. */
  readonly undo?: Undo | undefined;
}

/** Why the remote refused a local write for good: its own code where it named one. */
export const refusalSchema = z.object({ at: z.string(), code: z.string(), message: z.string() });
export type Refusal = z.output<typeof refusalSchema>;

/** Values of fields before a merge, and when that was. */
export interface Undo {
  readonly fields: Fields;
  readonly at: string;
}

/** A row that lists are read by: the order is part of the key, the item stands in it whole. */
export interface IndexEntry {
  /** Sorts ascending; starts with a letter for its list and `:`. */
  readonly order: string;
  readonly id: string;
  readonly item: Fields;
  /** Columns that a list may be filtered by on the server. */
  readonly columns: Readonly<Record<string, string | number | boolean>>;
}

/** The entries of short lists as they were last read, by the letter of their orders: spares reading them in each pass. */
export interface Listing {
  readonly id: string;
  readonly entries: Readonly<Record<string, readonly IndexEntry[]>>;
}

/** One row of the change feed. */
export const changeSchema = z.object({
  seq: z.number().int(),
  type: z.string(),
  domain: z.string(),
  id: z.string().nullable(),
  graphId: z.string().nullable(),
  cause: causeSchema,
  changed: z.array(z.string()),
  before: fieldsSchema.nullable(),
  after: fieldsSchema.nullable(),
  at: z.string(),
  /** Further facts by type: `reason` and `folderId` of a deletion, `counts` of a baseline, `losing` of a conflict. */
  details: fieldsSchema.optional(),
});
export type Change = z.output<typeof changeSchema>;
/** A change before the commit gives it its number and time. */
export type NewChange = Omit<Change, 'seq' | 'domain' | 'at'>;

/** Where a stream stands. */
export const cursorSchema = z.object({
  stream: z.string(),
  kind: z.string(),
  label: z.string(),
  /** What it reads, as the API names that. */
  place: fieldsSchema.optional(),
  /** The next or delta link to call; null = start a round with the first page. */
  link: z.string().nullable(),
  /** What round is under way or comes next: the first ever, an ordinary one, one that compares all (P5), or its sweep. */
  phase: z.enum(['baseline', 'delta', 'full', 'sweep']),
  /** True while `link` is a nextLink (or `phase` is sweep): the round is not complete. */
  midRound: z.boolean(),
  generation: z.number().int(),
  /** The first round was completed once. */
  baselined: z.boolean(),
  /** The feed has said so. */
  told: z.boolean(),
  /** How many records belong to the stream. */
  records: z.number().int(),
  /** How many items this round has brought. */
  seen: z.number().int(),
  /** How many there should be, where known. */
  expected: z.number().int().nullable(),
  /** Failures in a row of this stream alone (P11). */
  failures: z.number().int(),
  lastError: z.string().nullable(),
  /** Not polled before this time; ISO-8601. */
  notBefore: z.string().nullable(),
  /** Pages in a row of this round that led on and brought nothing new. */
  barren: z.number().int().optional(),
  /** Resets in a row without a completed round: a second one backs off instead of spinning. */
  resets: z.number().int(),
  /** Polls in a row after which the container's own count differed from ours (P4). */
  miscounts: z.number().int(),
  /** By how much it differed then; absent after a round that was begun for it: there is patience with any difference. */
  gap: z.number().int().optional(),
  lastPolledAt: z.string().nullable(),
  /** The pass that began the round of that poll. */
  pass: z.string().optional(),
  /** Halved after a 504, grows back: items asked for per page; null = the usual number. */
  pageSize: z.number().int().nullable(),
  /** Deletions proved but held back by the guard (P7). */
  held: z.number().int(),
  /** They were approved, and could not be read again yet. */
  approved: z.boolean().optional(),
  /** Items that could not be read again for long, whatever is asked; absent = none. */
  unsettled: z.number().int().optional(),
  /** The window that its rounds are over; its records lie in it or ahead of it. Absent = it has none. */
  window: z.string().optional(),
  /** The window before, while the round over the new one is under way: what lies outside of that came by the rolling (P18). */
  former: z.string().optional(),
  /** The round under way compares all though nothing was lost: a plain list, or a new window. */
  ordinary: z.boolean().optional(),
  /** What a plain list showed when it was last read to its end, and how many records stood then, as a hash. */
  print: z.string().optional(),
});
export type Cursor = z.output<typeof cursorSchema>;

const doubtSchema = z.enum(['removed', 'unseen', 'thin', 'named', 'counted']);
/** Why an item is to be read again. */
export type Doubt = z.output<typeof doubtSchema>;

/** Something to be settled by re-reading the item (P7): a removal told by delta, a record that a full round did not bring, a thin item. */
export const hintSchema = z.object({
  stream: z.string(),
  /** The record's id, or the id that the record would get. */
  id: z.string(),
  kind: z.string(),
  graphId: z.string(),
  why: doubtSchema,
  /** Sorts of doubt about the same item that stood before, and stand still. Absent = none. */
  also: z.array(doubtSchema).optional(),
  cause: causeSchema,
  since: z.string(),
  /** A 404 is not believed before this time; ISO-8601, or null. */
  notBefore: z.string().nullable(),
  /** Was proved gone, and is held back by the guard until somebody approves: then it is read again. */
  held: z.boolean(),
  /** Proved gone at this time, and the budget ended before it could be deleted; ISO-8601. Absent = it is to be read. */
  provedAt: z.string().optional(),
  /** Left by a push, that asks for the pass which settles it. Absent = by what such a pass has read. */
  asks: z.boolean().optional(),
});
export type Hint = z.output<typeof hintSchema>;

/** A local write on its way to Graph. */
export const outboxSchema = z.object({
  op: z.string(),
  kind: z.string(),
  recordId: z.string(),
  /** What the remote called the item when this was written: the record may leave all synced streams before it is sent. */
  graphId: z.string().nullish(),
  /** What is to be done, a word of the domain: `update`, `move`, `create` ... A create that became an update says `update`. */
  action: z.string(),
  /** What it does to the item; absent = it changes one that the remote has. */
  effect: z.enum(['create', 'delete']).optional(),
  /** Of a create: the record is never linked with an item that arrives. */
  alone: z.boolean().optional(),
  fields: fieldsSchema,
  /** Orders the operations of one record. */
  seq: z.number().int(),
  attempts: z.number().int(),
  /**
   * The version that the record had before the first attempt whose outcome is not known; null = it had none of its own. Absent =
   * nothing of this can have reached the remote: each attempt sent nothing, or was refused for the version that it named.
   */
  triedOn: z.string().nullish(),
  /** How often access was denied to it; absent = never. */
  denials: z.number().int().optional(),
  /** ISO-8601. */
  nextAttemptAt: z.string(),
  claim: z.object({ owner: z.string(), until: z.string() }).nullable(),
  createdAt: z.string(),
  lastError: z.string().nullable(),
});
export type OutboxOperation = z.output<typeof outboxSchema>;

/** An item that could not be decoded (P11): kept raw but without its body, beside the error. */
export interface Quarantined {
  readonly stream: string;
  readonly id: string;
  readonly raw: string;
  readonly error: string;
  readonly at: string;
  /** The generation of the stream that brought it last. */
  readonly generation?: number | undefined;
}

/** The stored answer to a domain write, committed with it. */
export interface StoredAnswer {
  readonly key: string;
  readonly bodyHash: string;
  readonly status: number;
  readonly body: string;
  readonly at: string;
}
