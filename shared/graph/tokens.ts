import type { Connection, SecretRef } from '../engine/connection.ts';
import { ConnectionError, StorageError, TransientError } from '../errors.ts';
import type { Access } from './access.ts';
import type { MicrosoftSettings } from './msal-app.ts';
import { RefreshLease, type Claim, type LeaseParts } from './refresh-lease.ts';
import { refreshWith, type Refreshed } from './refresh.ts';
import { isDeadGrant } from './sign-in-fault.ts';

export interface TokenParts extends LeaseParts {
  readonly settings: MicrosoftSettings;
}

/** An access token in memory; `grant` tells the sign-in that it came from. */
interface Held {
  readonly token: string;
  readonly until: number;
  readonly grant: string;
}
/** A secret as it was read, and where. */
interface Stored {
  readonly ref: SecretRef;
  readonly value: string;
}

const MOST_HELD = 5_000;
const STORE_TRIES = 3;

/** Access tokens of connections: held in memory, refreshed one at a time, and rotated without ever losing the newest. */
export class Tokens {
  readonly #parts: TokenParts;
  readonly #lease: RefreshLease;
  readonly #held = new Map<string, Held>();
  readonly #underWay = new Map<string, Promise<Held>>();
  /** Until when the sign-in service wants to be left alone about a connection. */
  readonly #quiet = new Map<string, number>();
  /** Rotated partitions that the vault did not take; the next refresh begins with them. */
  readonly #unsaved = new Map<string, Stored>();

  constructor(parts: TokenParts) {
    this.#parts = parts;
    this.#lease = new RefreshLease(parts);
  }

  /** The token of a connection as its caller read it. */
  accessOf(connection: Connection): Access {
    const { id } = connection;
    let own: Held | null = null;
    const usable = (held: Held | null | undefined): held is Held =>
      held !== null && held !== undefined && held.until > this.#now();
    return {
      token: async () => {
        if (usable(own)) return own.token;
        const shared = this.#held.get(id);
        own = usable(shared) && shared.grant === grantOf(connection) ? shared : await this.#refresh(id);
        return own.token;
      },
      after: async (refused) => {
        const shared = this.#held.get(id);
        own = usable(shared) && shared.token !== refused ? shared : await this.#refresh(id);
        return own.token;
      },
    };
  }

  /** One refresh at a time within this worker; the lease does the same over all workers. */
  #refresh(connectionId: string): Promise<Held> {
    const known = this.#underWay.get(connectionId);
    if (known !== undefined) return known;
    const started = this.#refreshNow(connectionId).finally(() => this.#underWay.delete(connectionId));
    this.#underWay.set(connectionId, started);
    return started;
  }

  async #refreshNow(connectionId: string): Promise<Held> {
    this.#held.delete(connectionId);
    if ((this.#quiet.get(connectionId) ?? 0) > this.#now()) {
      throw new TransientError('The sign-in service asks to be left alone for a while');
    }
    this.#quiet.delete(connectionId);
    const claim = await this.#lease.claim(connectionId);
    try {
      const { used, refreshed } = await this.#exchange(claim);
      const stored =
        refreshed.cache === used.value ? used.ref : await this.#store(connectionId, used.ref, refreshed.cache);
      await this.#lease.settle(claim, stored);
      this.#parts.log.info('token.refreshed', { 'connection.id': connectionId });
      return this.#hold(claim, refreshed);
    } catch (error) {
      await this.#lease.release(claim);
      throw error;
    }
  }

  /**
   * Tries the stored partitions, newest knowledge first. The row may name a version whose token was already used: a worker
   * died between the vault's write and the row's swap. So a refused grant is dead only when the newest version is refused too.
   */
  async #exchange(claim: Claim): Promise<{ used: Stored; refreshed: Refreshed }> {
    const { id, scopes } = claim.row.connection;
    let dead: unknown = new ConnectionError('reauth_required', 'The stored sign-in is not there any more');
    for await (const used of this.#candidates(claim)) {
      try {
        const quiet = (ms: number): unknown => this.#quiet.set(id, this.#now() + ms);
        return { used, refreshed: await refreshWith(this.#parts.settings, used.value, scopes, quiet) };
      } catch (error) {
        if (!isDeadGrant(error)) throw error;
        dead = error;
      }
    }
    this.#unsaved.delete(id);
    if (await this.#lease.isOurs(claim)) throw dead;
    throw new TransientError('Another worker took over this refresh');
  }

  async *#candidates({ row, secret }: Claim): AsyncGenerator<Stored> {
    const unsaved = this.#unsaved.get(row.connection.id);
    if (unsaved?.ref.name === secret.name) yield unsaved;
    const named = await this.#parts.secrets.read(secret);
    if (named !== null) yield { ref: secret, value: named };
    const latest = await this.#parts.secrets.latest(secret);
    if (latest !== null && latest.ref.version !== secret.version) yield latest;
  }

  /** Stores a rotated partition before anybody uses what came with it. What cannot be stored is kept for the next try. */
  async #store(connectionId: string, ref: SecretRef, value: string): Promise<SecretRef> {
    this.#unsaved.set(connectionId, { ref, value });
    for (let attempt = 1; ; attempt += 1) {
      try {
        const stored = await this.#parts.secrets.update(ref, value);
        this.#unsaved.delete(connectionId);
        return stored;
      } catch (error) {
        if (!(error instanceof StorageError) || attempt === STORE_TRIES) throw error;
        await this.#parts.sleep(200 * 2 ** attempt);
      }
    }
  }

  #hold({ row, secret }: Claim, refreshed: Refreshed): Held {
    const { lifeMs, accessToken } = refreshed;
    const early = Math.min(300_000, lifeMs / 5);
    const held = {
      token: accessToken,
      until: this.#now() + lifeMs - early,
      grant: grantOf({ ...row.connection, secret }),
    };
    this.#held.set(row.connection.id, held);
    const [oldest] = this.#held.keys();
    if (this.#held.size > MOST_HELD && oldest !== undefined) this.#held.delete(oldest);
    return held;
  }

  #now(): number {
    return this.#parts.clock.now().getTime();
  }
}

/** A new sign-in has a new secret or other scopes; a rotation has neither. */
function grantOf({ secret, scopes }: Connection): string {
  return secret === null ? '' : [secret.vault, secret.name, ...scopes].join(' ');
}
