import { z } from 'zod';
import { messages } from '../../../shared/api/families/messages.ts';
import type { App } from '../../../shared/app.ts';
import { API_KEY } from '../plan/rig.ts';
import { syncedFolders, type ProgramMailbox, type TruthFolder, type TruthIds } from './mailbox.ts';
import { from } from './remote.ts';
import type { LocalStep } from './steps.ts';

const item = z.object({ id: z.string(), graphId: z.string() });
/** What may be answered to a patch: done, refused because the message or folder went meanwhile, or storage is down. */
const expected: ReadonlySet<number> = new Set([200, 400, 404, 409, 503]);

/** The application that writes by the API of one worker or another. */
export class Application {
  readonly #mailbox: ProgramMailbox;
  readonly #routers = new Map<App, ReturnType<typeof messages>>();
  /** Answers that no application should get. */
  readonly wrongAnswers: string[] = [];
  /** How many writes of each message were accepted, or may have been. */
  readonly writes = new Map<string, number>();

  constructor(mailbox: ProgramMailbox) {
    this.#mailbox = mailbox;
  }

  /** Writes to one of the messages listed; answers its Graph id where it may have been taken. */
  async write(step: LocalStep, app: App, count: number): Promise<string[]> {
    const found = from(await this.#mailbox.list(), step.pick);
    if (found === undefined) return [];
    const { id, graphId } = item.parse(found);
    const status = await this.#patch(app, id, await this.#patchOf(step, count));
    if (!expected.has(status)) this.wrongAnswers.push(`a patch was answered ${status}`);
    if (status !== 200 && status !== 503) return [];
    this.writes.set(graphId, (this.writes.get(graphId) ?? 0) + 1);
    return [graphId];
  }

  async #patchOf(step: LocalStep, count: number): Promise<unknown> {
    if (step.do === 'write-move') return { folder: from(targets(await this.#mailbox.truth()), step.to)?.id ?? 'inbox' };
    const { on, field } = step;
    const values = { isRead: on, flag: on ? 'flagged' : 'complete', categories: on ? [`Ours ${count}`] : [] };
    return { [field]: values[field] };
  }

  async #patch(app: App, id: string, body: unknown): Promise<number> {
    const router = this.#routers.get(app) ?? messages(app);
    this.#routers.set(app, router);
    const request = new Request(`http://127.0.0.1/api/connections/${this.#mailbox.connectionId}/messages/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await router.fetch(request, { requestId: 'test', log: app.log })).status;
  }
}

/** Where the application may move a message: any synced folder, and Deleted Items. */
const targets = (truth: TruthIds): TruthFolder[] => [
  ...syncedFolders(truth.folders),
  ...truth.folders.filter((folder) => folder.wellKnownName === 'deleteditems'),
];
