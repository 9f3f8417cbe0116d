import type { Connection, SecretRef, VersionedConnection } from '../engine/connection.ts';
import type { ConnectionStore, SecretStore } from '../engine/directory-ports.ts';
import { AppError, ClosedError, ConnectionError, FenceLostError, TransientError } from '../errors.ts';
import { plus, type Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import type { Sleep } from '../lib/sleep.ts';

export interface LeaseParts {
  readonly connections: ConnectionStore;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
  readonly log: Log;
  /** How long a worker that died holds up the others. */
  readonly leaseMs: number;
}

/** Leave to refresh the token of one connection. */
export interface Claim {
  readonly owner: string;
  /** The row as it was when claimed. */
  readonly row: VersionedConnection;
  readonly secret: SecretRef;
  /** Ends the renewal of the claim. */
  stop(): void;
}

const POLLS = 20;
const SWAPS = 10;

/** The lease on the connection row by which refreshes of one account go one after the other, over all workers. */
export class RefreshLease {
  readonly #parts: LeaseParts;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  /** Waits a few seconds for another holder, then throws TransientError. The secret is read after this, so it is the newest. */
  async claim(connectionId: string): Promise<Claim> {
    const owner = this.#parts.random.token();
    for (let poll = 0; poll < POLLS; poll += 1) {
      const row = await this.#read(connectionId);
      if (this.#isFree(row.connection)) {
        const claimed = await this.#tryClaim(row, owner);
        if (claimed !== null) return claimed;
      }
      await this.#parts.sleep(100 + Math.round(200 * this.#parts.random.fraction()));
    }
    throw new TransientError('Another worker is refreshing this token');
  }

  /** False when somebody else took over, so that what we saw may be out of date. */
  async isOurs(claim: Claim): Promise<boolean> {
    const row = await this.#read(claim.row.connection.id);
    return row.connection.refresh?.owner === claim.owner;
  }

  /** Gives the claim back. A failure is left to the lease's end. */
  async release(claim: Claim): Promise<void> {
    claim.stop();
    try {
      await this.#change(claim, (connection) =>
        connection.refresh?.owner === claim.owner ? { ...connection, refresh: null } : null,
      );
    } catch (error) {
      // What made us give it back is what the caller is to be told.
      if (!(error instanceof AppError)) throw error;
      this.#parts.log.warn('token.lease_left_to_expire', { 'error.code': error.code });
    }
  }

  /**
   * Points the row at the version just stored and gives the claim back. Where another worker has moved the row meanwhile,
   * it gets the newest version that the vault has: nothing that was stored is lost. Throws ClosedError when the connection
   * is leaving, TransientError when the user has signed in anew meanwhile.
   */
  async settle(claim: Claim, stored: SecretRef): Promise<void> {
    claim.stop();
    await this.#change(claim, async (connection) => {
      const { secret, refresh } = connection;
      if (secret?.name !== stored.name) throw replaced(secret);
      const moved = secret.version !== claim.secret.version && secret.version !== stored.version;
      const newest = moved ? ((await this.#parts.secrets.latest(stored))?.ref ?? stored) : stored;
      const refreshedAt = this.#parts.clock.now().toISOString();
      return { ...connection, secret: newest, refreshedAt, refresh: refresh?.owner === claim.owner ? null : refresh };
    });
  }

  #isFree({ refresh }: Connection): boolean {
    return refresh === null || Date.parse(refresh.until) <= this.#parts.clock.now().getTime();
  }

  async #tryClaim(row: VersionedConnection, owner: string): Promise<Claim | null> {
    const { secret } = row.connection;
    if (secret === null) throw new ConnectionError('reauth_required', 'There is no sign-in for this connection');
    const connection = { ...row.connection, refresh: { owner, until: this.#end() } };
    try {
      const version = await this.#parts.connections.replace(connection, row.version);
      const claim = { owner, row: { version, connection }, secret };
      return { ...claim, stop: this.#keep(connection.id, owner) };
    } catch (error) {
      if (error instanceof FenceLostError) return null;
      throw error;
    }
  }

  /** Renews a claim until it is stopped: a slow sign-in service must not let a second worker in. */
  #keep(connectionId: string, owner: string): () => void {
    const timer = setInterval(() => {
      void this.#renew(connectionId, owner).catch((error: unknown) => {
        // Without a renewal the lease ends in its time; who finds it lost takes that into account.
        this.#parts.log.warn('token.lease_not_renewed', { 'error.name': error instanceof Error ? error.name : null });
      });
    }, this.#parts.leaseMs / 3);
    timer.unref();
    return () => {
      clearInterval(timer);
    };
  }

  async #renew(connectionId: string, owner: string): Promise<void> {
    const row = await this.#read(connectionId);
    if (row.connection.refresh?.owner !== owner) return;
    await this.#parts.connections.replace({ ...row.connection, refresh: { owner, until: this.#end() } }, row.version);
  }

  async #change(
    claim: Claim,
    change: (connection: Connection) => Connection | null | Promise<Connection | null>,
  ): Promise<void> {
    let row = claim.row;
    for (let swap = 0; swap < SWAPS; swap += 1) {
      const next = await change(row.connection);
      if (next === null) return;
      try {
        await this.#parts.connections.replace(next, row.version);
        return;
      } catch (error) {
        if (!(error instanceof FenceLostError)) throw error;
      }
      // Another field may have changed: read again and apply anew.
      row = await this.#read(row.connection.id);
    }
    throw new TransientError('The connection changes faster than its token can be stored');
  }

  async #read(connectionId: string): Promise<VersionedConnection> {
    const row = await this.#parts.connections.read(connectionId);
    // One that is disconnecting still needs its token, to take its subscriptions back.
    if (row === null || row.connection.status === 'disconnected') throw new ClosedError('The connection has left');
    return row;
  }

  #end(): string {
    return plus(this.#parts.clock.now(), this.#parts.leaseMs).toISOString();
  }
}

function replaced(secret: SecretRef | null): Error {
  return secret === null
    ? new ClosedError('The sign-in of this connection was taken away meanwhile')
    : new TransientError('The user has signed in anew meanwhile');
}
