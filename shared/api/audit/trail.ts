import type { Context } from 'hono';
import type { ApiKey } from '../../config.ts';
import { newAuditId, type AuditEntry } from '../../engine/audit.ts';
import { codeOf } from '../../errors.ts';
import { seenWorkspace } from '../router/authenticate.ts';
import { toProblem } from '../http/problem.ts';
import { REPLAYED } from '../idempotency/header.ts';
import type { ApiEnv, ApiPorts } from '../ports.ts';
import { namesIn } from './names-in.ts';
import type { Operation } from './operations.ts';
import { bornOn } from './subject.ts';

/** What the audit is told of one write. */
export interface AuditTrail {
  /**
   * Says that the work begins, before anything is done; throws StorageError, and then nothing is done. `body` is what was
   * sent, of which names alone are kept.
   */
  begin(body: unknown): Promise<void>;
  /** Names what it is about where the path does not: ids by what they are of. */
  about(on: AuditEntry['on']): void;
}

/**
 * The trail of one write by an API key. The entry stands (as `begun`) before the work, so that no write is ever without
 * one: where the audit cannot be written, the caller gets 503 and nothing was done. How it ended is written after the
 * answer is made: a failure there is logged and takes nothing from the answer, the entry stays `begun`, as it does after
 * a crash. What is refused before the work began costs one call, all else two.
 */
export class WriteTrail implements AuditTrail {
  readonly #ports: Pick<ApiPorts, 'audit' | 'clock' | 'random' | 'log'>;
  readonly #context: Context<ApiEnv>;
  readonly #entry: Omit<AuditEntry, 'actor' | 'workspaceId' | 'on'>;
  #on: AuditEntry['on'];
  #body: unknown = null;

  constructor(
    ports: Pick<ApiPorts, 'audit' | 'clock' | 'random' | 'log'>,
    context: Context<ApiEnv>,
    { operation, on }: { readonly operation: Operation; readonly on: AuditEntry['on'] },
  ) {
    this.#ports = ports;
    this.#context = context;
    this.#on = on;
    this.#entry = {
      ...newAuditId(ports),
      operation: operation.id,
      changed: [],
      outcome: 'begun',
      status: null,
      code: null,
      requestId: context.get('requestId'),
    };
  }

  about(on: AuditEntry['on']): void {
    this.#on = { ...this.#on, ...on };
  }

  async begin(body: unknown): Promise<void> {
    this.#body = body;
    await this.#write({});
  }

  /** The entry as it is in the end. Never throws. */
  async end(): Promise<void> {
    const { res, error } = this.#context;
    const { status } = res;
    const replayed = res.headers.has(REPLAYED);
    const done = status < 400 && !replayed;
    try {
      await this.#write({
        outcome: replayed ? 'replayed' : outcomeOf(status),
        status,
        code: error === undefined ? null : (toProblem(error)?.code ?? 'internal'),
        ...(done ? { changed: namesIn(this.#body), on: { ...this.#on, ...(await this.#born()) } } : {}),
      });
    } catch (failure) {
      const { operation, requestId } = this.#entry;
      this.#ports.log.error('audit.failed', {
        'request.id': requestId ?? '',
        operation,
        status,
        ...this.#on,
        'error.code': codeOf(failure),
      });
    }
  }

  async #write(more: Partial<AuditEntry>): Promise<void> {
    const key = this.#context.get('key');
    const actor = { kind: 'key', name: key.name };
    const entry = { ...this.#entry, actor, on: this.#on, workspaceId: seenWorkspace(key) ?? onlyWorkspace(key) };
    await this.#ports.audit.write({ ...entry, ...more });
  }

  /** What the write made, where it made something. */
  async #born(): Promise<AuditEntry['on']> {
    const { res, req } = this.#context;
    return res.status === 201 ? bornOn(req.path, await res.clone().text()) : {};
  }
}

/** Of an act that ended before it was known what it is about: what a key of one workspace does is done there. */
const onlyWorkspace = ({ workspaces = [] }: ApiKey): string | null =>
  workspaces.length === 1 ? (workspaces[0] ?? null) : null;

const outcomeOf = (status: number): AuditEntry['outcome'] =>
  status < 400 ? 'done' : status < 500 ? 'refused' : 'failed';
