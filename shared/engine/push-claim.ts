import { codeOf, LeaseLostError } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import { commitFree } from './append.ts';
import type { OutboxOperation } from './model.ts';
import { putOperation } from './outbox-rows.ts';
import type { EnginePorts, Source } from './ports.ts';
import type { PushRequest } from './push.ts';

/**
 * The claim of an operation while it is being sent, however long that takes: it is extended like a lease, so that a slow call
 * lets no second worker send it as well, and a dead worker keeps others away no longer than its claim lasts (P8).
 */
export class HeldClaim {
  readonly #ports: EnginePorts;
  readonly #request: PushRequest;
  readonly #operation: OutboxOperation;
  readonly #heartbeat: NodeJS.Timeout;
  #extendedAt: number;
  #sent = false;
  #extending: Promise<boolean> | null = null;

  /** Of an operation that has just been claimed. */
  constructor(ports: EnginePorts, request: PushRequest, operation: OutboxOperation) {
    this.#ports = ports;
    this.#request = request;
    this.#operation = operation;
    this.#extendedAt = ports.clock.now().getTime();
    this.#heartbeat = setInterval(() => {
      if (!this.#isAging) return;
      // A failure shows at the next write, which asks again.
      this.#extend().catch((error: unknown) => {
        ports.log.warn('push.claim_not_extended', { domain: request.scope.domain, 'error.code': codeOf(error) });
      });
    }, request.claimMs / 3);
    this.#heartbeat.unref();
  }

  /** The source, through which nothing is written any more once the claim is lost: LeaseLostError. */
  over(source: Source): Source {
    return {
      page: (at, size) => source.page(at, size),
      get: (path) => source.get(path),
      getMany: (paths) => source.getMany(paths),
      list: (path) => source.list(path),
      media: (path, largest) => source.media(path, largest),
      write: async (write) => {
        if (this.#isAging && !(await this.#extend())) throw new LeaseLostError('the claim belongs to another worker');
        this.#sent = true;
        return source.write(write);
      },
    };
  }

  /** Something was written through it, or may have been. */
  get sent(): boolean {
    return this.#sent;
  }

  /** Ends the extending; the claim itself goes with the outcome. */
  async stop(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#extending?.catch(() => undefined);
  }

  /** Young enough, nobody else can have it, and the longest call fits into what is left of a claim of usual length. */
  get #isAging(): boolean {
    return this.#ports.clock.now().getTime() - this.#extendedAt > this.#request.claimMs / 6;
  }

  /** False = it is no longer ours. */
  #extend(): Promise<boolean> {
    this.#extending ??= this.#commit().finally(() => {
      this.#extending = null;
    });
    return this.#extending;
  }

  async #commit(): Promise<boolean> {
    const { scope, owner, claimMs } = this.#request;
    const { recordId, op } = this.#operation;
    const extended = await commitFree(this.#ports, scope, async (chunk) => {
      const row = (await this.#ports.store.readOutbox(scope, recordId)).find((one) => one.op === op);
      if (row?.claim?.owner !== owner) return null;
      const now = this.#ports.clock.now();
      chunk.add(putOperation({ ...row, claim: { owner, until: plus(now, claimMs).toISOString() } }));
      return now.getTime();
    });
    if (extended !== null) this.#extendedAt = extended;
    return extended !== null;
  }
}
