import type { AuditEntry, AuditStore } from '../../shared/engine/audit.ts';
import type { IdempotencyStore, Taken } from '../../shared/engine/idempotency.ts';

/** The audit in memory; only written to and emptied. */
export class MemoryAudit implements AuditStore {
  readonly rows = new Map<string, AuditEntry>();

  write(entry: AuditEntry): Promise<void> {
    this.rows.set(entry.id, entry);
    return Promise.resolve();
  }
  list(): ReturnType<AuditStore['list']> {
    const entries = [...this.rows.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return Promise.resolve({ entries, next: null });
  }
  dropBefore(time: Date): Promise<number> {
    const old = [...this.rows.values()].filter((entry) => entry.at < time.toISOString());
    for (const { id } of old) this.rows.delete(id);
    return Promise.resolve(old.length);
  }
}

/** No requests with a key; tells when what has expired was last asked to go. */
export class NoIdempotency implements IdempotencyStore {
  dropped: Date | null = null;

  take(): Promise<Taken> {
    return Promise.reject(new Error('not part of this stand-in'));
  }
  renew(): Promise<null> {
    return Promise.resolve(null);
  }
  read(): Promise<null> {
    return Promise.resolve(null);
  }
  complete(): Promise<boolean> {
    return Promise.resolve(false);
  }
  release(): Promise<void> {
    return Promise.resolve();
  }
  dropOf(): Promise<void> {
    return Promise.resolve();
  }
  dropExpired(now: Date): Promise<number> {
    this.dropped = now;
    return Promise.resolve(0);
  }
}
