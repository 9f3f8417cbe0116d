import { z } from 'zod';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';

/**
 * One act that changed something here, or was meant to. Ids and names of settings alone: no values, no bodies, nothing of a
 * person's beyond ids.
 */
export const auditEntrySchema = z.object({
  /** Sorts newest first. */
  id: z.string(),
  /** When it began; ISO-8601. */
  at: z.string(),
  /** `key` with its name in API_KEYS; `user` on the sign-in pages; `system` for what the service does by itself. */
  actor: z.object({ kind: z.string(), name: z.string().nullable() }),
  /** The operation id of a route, or a word for an act of the system: `delete_guard.held` ... */
  operation: z.string(),
  /** What it was done to: `connectionId`, `endpointId`, `messageId` ... */
  on: z.record(z.string(), z.string()),
  workspaceId: z.string().nullable(),
  /** Names of the members that it set. */
  changed: z.array(z.string()),
  /** `begun` = its end is not known (yet, or after a crash). `replayed` = a stored answer was given, nothing was done. */
  outcome: z.enum(['begun', 'done', 'refused', 'failed', 'replayed']),
  /** Of the answer; null where there was none. */
  status: z.number().nullable(),
  /** The code of a refusal or failure. */
  code: z.string().nullable(),
  requestId: z.string().nullable(),
});
export type AuditEntry = z.output<typeof auditEntrySchema>;

/** What the audit is read by: the newest first. */
export interface AuditQuery {
  readonly connectionId?: string | undefined;
  /** Name of an API key. */
  readonly key?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** Entries of these workspaces alone. */
  readonly workspaces?: readonly string[] | undefined;
  readonly limit: number;
  readonly after: string | null;
}

/** The audit. Failures are StorageError. */
export interface AuditStore {
  /** Puts the entry in the place of the one with its id. */
  write(entry: AuditEntry): Promise<void>;
  /** A page may be short or empty and still go on. Throws CursorError. */
  list(query: AuditQuery): Promise<{ readonly entries: readonly AuditEntry[]; readonly next: string | null }>;
  /** Removes what began before this time; answers how many. */
  dropBefore(time: Date): Promise<number>;
}

/** Thirteen digits last until the year 2286. */
const LAST_MS = 9_999_999_999_999;

/** Sorts the later the lower. */
export const auditTime = (at: Date): string =>
  String(LAST_MS - Math.min(LAST_MS, Math.max(0, at.getTime()))).padStart(13, '0');

/** An id of an entry that begins now, and the time in it. */
export function newAuditId({ clock, random }: { readonly clock: Clock; readonly random: Random }): {
  readonly id: string;
  readonly at: string;
} {
  const now = clock.now();
  return { id: `${auditTime(now)}-${random.token(9)}`, at: now.toISOString() };
}
