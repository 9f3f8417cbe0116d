import { z } from 'zod';
import { jsonSchema } from '../lib/json.ts';

/** What an application and its operator are told about a domain (P17). */
export const domainStatusSchema = z.object({
  status: z.enum(['pending', 'syncing', 'ok', 'degraded', 'error']),
  reason: z.string().nullable(),
  lastSyncedAt: z.string().nullable(),
  lastErrorAt: z.string().nullable(),
  lastError: z.string().nullable(),
  /** Failures in a row of the whole domain. */
  failures: z.number().int(),
  /** `sync.failed` was told for this streak. */
  reported: z.boolean(),
  progress: z
    .object({
      done: z.number().int(),
      total: z.number().int().nullable(),
      streams: z.number().int(),
      streamsDone: z.number().int(),
    })
    .nullable(),
  nextDueAt: z.string().nullable(),
  lastPollFoundAt: z.string().nullable(),
  /** Notifications were trusted to tell of changes, when that was last looked at. */
  trusted: z.boolean().optional(),
});
export type DomainStatus = z.output<typeof domainStatusSchema>;

/** The head of a partition: the fence that each commit passes (P2). */
export const headSchema = z.object({
  lastSeq: z.number().int(),
  oldestSeq: z.number().int(),
  /** Feed rows up to this number were announced to those who deliver them; absent = none was. */
  handed: z.number().int().optional(),
  lease: z.object({ owner: z.string(), until: z.string() }).nullable(),
  /** A wake-up came while the lease was held: run once more (P3). */
  again: z.boolean(),
  /** Due rows of jobs that found the lease taken: the holder takes them away when its work is done. */
  covers: z.array(z.string()),
  /** Graph ids that notifications named and that no round has settled; `all` = more than fit, which `owed` says now. */
  named: z.union([z.literal('all'), z.array(z.string())]),
  /** A poll of all streams was begun, or asked for, and is not done: what only names items must not take its place. */
  owed: z.boolean().optional(),
  /** The pass over all streams that ended early and goes on: the cursors that it polled name it. */
  pass: z.string().nullish(),
  /** Approvals and full rounds asked for by API and not yet done. */
  asked: z.object({ full: z.boolean(), approveDeletes: z.boolean() }),
  /** Ids of the last commits, newest last. */
  commits: z.array(z.string()),
  /** Id of the last commit that wrote a record or a row that lists it: while it stays, all show what they showed. Absent = none did. */
  edition: z.string().optional(),
  closed: z.boolean(),
  /** The domain's first sync was completed and told. */
  baselined: z.boolean(),
  /** How many rows of each sort there are, so that empty look-ups cost nothing. */
  counts: z.object({
    records: z.number().int(),
    remotes: z.number().int(),
    hints: z.number().int(),
    outbox: z.number().int(),
    bad: z.number().int(),
    /** Records that are being deleted, which `records` does not count; absent = none ever was. */
    leaving: z.number().int().optional(),
  }),
  /** The listing that was kept and still holds: its id, and the letters of the orders that it lists. */
  listing: z.object({ id: z.string(), letters: z.array(z.string()) }).nullish(),
  /** Whatever the domain wants to remember for itself (well-known folders ...), small. */
  notes: jsonSchema,
  status: domainStatusSchema,
});
export type Head = z.output<typeof headSchema>;

/** A head and the version that a commit must name. */
export interface VersionedHead {
  readonly version: string;
  readonly head: Head;
}

export const pendingStatus: DomainStatus = {
  status: 'pending',
  reason: null,
  lastSyncedAt: null,
  lastErrorAt: null,
  lastError: null,
  failures: 0,
  reported: false,
  progress: null,
  nextDueAt: null,
  lastPollFoundAt: null,
};

/** The head of a partition that was just born. */
export const newHead = (): Head => ({
  lastSeq: 0,
  oldestSeq: 1,
  lease: null,
  again: false,
  covers: [],
  named: [],
  asked: { full: false, approveDeletes: false },
  commits: [],
  closed: false,
  baselined: false,
  counts: { records: 0, remotes: 0, hints: 0, outbox: 0, bad: 0 },
  notes: null,
  status: pendingStatus,
});
