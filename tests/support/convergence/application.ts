import type { App } from '../../../shared/app.ts';
import type { Scope } from '../../../shared/engine/model.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import { callerOf } from '../../faults/plan/caller.ts';
import { initOf, type Request } from '../../faults/plan/scenarios.ts';

/** Answers that an application must reckon with: done, gone meanwhile, or at odds with what stands. */
const expected: ReadonlySet<number> = new Set([200, 201, 204, 404, 409]);
const TRIES = 6;

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The application, which writes through the API of whichever worker answers. */
export class Application {
  readonly #healthy: App;
  /** Where its items are, below the connection. */
  readonly path: string;
  /** Answers that no application should get. */
  readonly wrongAnswers: string[] = [];
  /** Requests that were accepted, by the id of the item. */
  readonly accepted = new Map<string, string[]>();
  #count = 0;

  /** `healthy` is a worker that lives whatever happens to others. */
  constructor(healthy: App, { connectionId }: Pick<Scope, 'connectionId'>, items: 'contacts' | 'events') {
    this.#healthy = healthy;
    this.path = `/api/connections/${connectionId}/${items}`;
  }

  /** Sends a write to one worker, and where it gets no answer again, with its key, until another has taken it. */
  async send(request: Omit<Request, 'key'>, app: App): Promise<ApiAnswer> {
    const keyed = { ...request, key: `write-${++this.#count}` };
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await callerOf(tries === 0 ? app : this.#healthy)(request.path, initOf(keyed));
      const text = await answer.text();
      if (answer.status >= 500) continue;
      if (!expected.has(answer.status))
        this.wrongAnswers.push(
          `${request.method ?? 'PATCH'} ${JSON.stringify(request.body)} was answered ${answer.status}: ${text}`,
        );
      return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
    }
    throw new Error(`${request.method ?? 'PATCH'} is refused for good`);
  }

  /** Remembers that a write of an item was accepted. */
  took(id: string, method: string): void {
    this.accepted.set(id, [...(this.accepted.get(id) ?? []), method]);
  }
}

/** All index rows of a list, by its letter. */
export async function listAll({ store }: Pick<App, 'store'>, scope: Scope, letter: string): Promise<Fields[]> {
  const items: Fields[] = [];
  for (let after: string | null = null, more = true; more; more = after !== null) {
    const query = { from: `${letter}:`, to: `${letter};`, where: {}, limit: 500, after };
    const page: Awaited<ReturnType<App['store']['list']>> = await store.list(scope, query);
    items.push(...page.entries.map((entry) => entry.item));
    after = page.next;
  }
  return items;
}
