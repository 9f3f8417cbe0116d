import type { DueRow } from '../../engine/directory-ports.ts';
import type { Scope } from '../../engine/model.ts';
import type { WakePorts } from '../ports.ts';
import { addCover } from '../cover.ts';
import { quietly, raiseAndSend } from '../wake-domain.ts';

/**
 * Wake-ups of this worker that are not raised yet. Whoever comes while one's due row is still being written goes with it: the
 * wake row is written after that, and a round begins after the wake row is taken, so after all who went with it (P3).
 * Whoever comes later has a wake-up of his own: what happened to a wake row that was written before, nobody here knows.
 */
export class WakeUps {
  readonly #open = new Map<string, WakeUp>();

  /** The scope's wake-up that is not raised yet; else a new one, whose due row is written from now on. */
  open(ports: WakePorts, scope: Scope): WakeUp {
    const name = JSON.stringify([scope.connectionId, scope.domain, scope.part ?? null]);
    const known = this.#open.get(name);
    if (known !== undefined) return known.share();
    const made = new WakeUp(ports, scope, () => this.#open.delete(name));
    this.#open.set(name, made);
    return made;
  }
}

/** One due row, one wake row and one message for all who share it. Each of them either sends or leaves. */
export class WakeUp {
  readonly #ports: WakePorts;
  readonly #scope: Scope;
  readonly #row: Promise<DueRow>;
  readonly #onClose: () => void;
  readonly #ids = new Set<string>();
  #all = false;
  #sharers = 1;
  #closed = false;
  #sent: Promise<void> | null = null;

  constructor(ports: WakePorts, scope: Scope, onClose: () => void) {
    this.#ports = ports;
    this.#scope = scope;
    this.#onClose = onClose;
    this.#row = addCover(ports, scope.domain, scope.connectionId);
    // Whoever sends is told; a failure that only those meet who leave is none.
    this.#row.catch(() => undefined);
  }

  share(): this {
    this.#sharers++;
    return this;
  }

  /** Wakes the scope by these ids, null = all. False where it is too late to go with this one. Throws StorageError. */
  async send(ids: readonly string[] | null): Promise<boolean> {
    if (this.#closed) return false;
    if (ids === null) this.#all = true;
    else for (const id of ids) this.#ids.add(id);
    await (this.#sent ??= this.raise());
    return true;
  }

  /** For who does not wake the scope after all. The last one to leave takes the due row away. */
  async leave(): Promise<void> {
    this.#sharers--;
    if (this.#sharers > 0 || this.#sent !== null) return;
    this.close();
    await quietly(this.#ports, 'due.not_dropped', async () => {
      await this.#ports.due.move(await this.#row, null);
    });
  }

  private async raise(): Promise<void> {
    const row = await this.#row.finally(() => {
      this.close();
    });
    const ids = this.#all ? null : [...this.#ids];
    await raiseAndSend(this.#ports, this.#scope, { ids, why: 'notification', row });
  }

  private close(): void {
    this.#closed = true;
    this.#onClose();
  }
}
