import { z } from 'zod';
import { mail } from '../../../shared/domains/mail/index.ts';
import { writeLocally } from '../../../shared/engine/local-write.ts';
import { runPushJob } from '../../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../../shared/jobs/sync-job.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import { syncedFolders, type FuzzMailbox, type TruthFolder, type TruthIds } from './mailbox.ts';
import { faultKinds, type Step } from './program.ts';

const from = <T>(items: readonly T[], pick: number): T | undefined =>
  items.length === 0 ? undefined : items[pick % items.length];

type FolderStep = Extract<Step, { do: 'folder-create' | 'folder-rename' | 'folder-move' | 'folder-delete' }>;
const isOfFolder = (step: Extract<Step, { pick: number }>): step is FolderStep => step.do.startsWith('folder-');

/** Runs the steps of a program on one mailbox. Values are made from the number of the step, so that each is met once. */
export class Performer {
  readonly #mailbox: FuzzMailbox;
  #counter = 0;

  constructor(mailbox: FuzzMailbox) {
    this.#mailbox = mailbox;
  }

  async perform(step: Step): Promise<void> {
    this.#counter++;
    if ('pick' in step) return this.#onItem(step);
    return this.#onJob(step);
  }

  /** A round from the schedule, after whatever rest the mailbox asked for. */
  async poll(why: 'schedule' | 'notification' | 'manual' = 'schedule'): Promise<void> {
    const { world, connectionId } = this.#mailbox;
    world.clock.move(5_000);
    await runSyncJob({ connectionId, domain: 'mail', why, due: null }, world.app);
    await world.drain();
  }

  async push(): Promise<void> {
    const { world, connectionId } = this.#mailbox;
    await runPushJob({ connectionId, domain: 'mail', due: null }, world.app);
  }

  async #onItem(step: Extract<Step, { pick: number }>): Promise<void> {
    const truth = await this.#mailbox.truth();
    if (step.do === 'write' || step.do === 'write-move') return this.#write(step, truth);
    if (step.do === 'write-while-polling') {
      await Promise.all([this.poll(), this.#write({ ...step, do: 'write', field: 'categories', on: true }, truth)]);
    } else if (step.do === 'edit-while-polling') {
      await Promise.all([this.poll(), this.#edit({ ...step, do: 'edit', field: 'categories', on: true }, truth)]);
    } else if (isOfFolder(step)) await this.#onFolder(step, truth);
    else await this.#onMessage(step, truth);
  }

  async #onMessage(
    step: Extract<Step, { do: 'arrive' | 'edit' | 'move' | 'out-and-back' | 'delete' | 'restore' }>,
    truth: TruthIds,
  ): Promise<void> {
    const mailbox = this.#mailbox;
    const synced = new Set(syncedFolders(truth.folders).map(({ id }) => id));
    if (step.do === 'arrive') {
      const folder = from([...synced], step.pick);
      await mailbox.user('POST', '/messages', { folder, subject: `New ${this.#counter}`, isRead: step.isRead });
      return;
    }
    const here = truth.messages.filter((message) => synced.has(message.parentFolderId) !== (step.do === 'restore'));
    const message = from(here, step.pick);
    if (message === undefined) return;
    const move = (folder: string): Promise<unknown> => mailbox.user('POST', `/messages/${message.id}/move`, { folder });
    if (step.do === 'edit') await this.#edit(step, truth);
    else if (step.do === 'restore') await move('inbox');
    else if (step.do === 'move') await move(from([...synced], step.to) ?? 'inbox');
    else if (step.do === 'delete') await mailbox.user('DELETE', `/messages/${message.id}?permanent=${step.permanent}`);
    else {
      await move('deleteditems');
      if (step.to % 3 === 0) await this.poll();
      await move(message.parentFolderId);
    }
  }

  async #edit(step: Extract<Step, { do: 'edit' }>, truth: TruthIds): Promise<void> {
    const message = from(truth.messages, step.pick);
    if (message === undefined) return;
    const value: unknown = {
      isRead: step.on,
      flag: step.on ? 'flagged' : 'notFlagged',
      categories: step.on ? [`Theirs ${this.#counter}`] : [],
      subject: `Subject ${this.#counter}`,
    }[step.field];
    await this.#mailbox.user('PATCH', `/messages/${message.id}`, { [step.field]: value });
  }

  async #onFolder(step: FolderStep, truth: TruthIds): Promise<void> {
    const mailbox = this.#mailbox;
    const own = truth.folders.filter((folder) => folder.wellKnownName === null);
    if (step.do === 'folder-create') {
      const parents = ['msgfolderroot', 'inbox', ...own.map(({ id }) => id)];
      const parent = from(parents, step.to);
      await mailbox.user('POST', '/folders', { displayName: `Folder ${this.#counter}`, parent });
      return;
    }
    const folder = from(own, step.pick);
    if (folder === undefined) return;
    if (step.do === 'folder-rename')
      await mailbox.user('PATCH', `/folders/${folder.id}`, { displayName: `Renamed ${this.#counter}` });
    else if (step.do === 'folder-delete')
      await mailbox.user('DELETE', `/folders/${folder.id}?permanent=${step.permanent}`);
    else {
      const places = ['msgfolderroot', 'inbox', 'deleteditems', ...outside(folder, own)];
      const parent = from(places, step.to);
      await mailbox.user('PATCH', `/folders/${folder.id}`, { parent, displayName: `Moved ${this.#counter}` });
    }
  }

  async #write(step: Extract<Step, { do: 'write' | 'write-move' }>, truth: TruthIds): Promise<void> {
    const { world, scope } = this.#mailbox;
    const item = from(await this.#mailbox.list(), step.pick);
    if (item === undefined) return;
    const value: Fields =
      step.do === 'write-move'
        ? { folderId: from(targets(truth), step.to)?.id ?? '' }
        : {
            [step.field]: {
              isRead: step.on,
              flag: step.on ? 'flagged' : 'complete',
              categories: step.on ? [`Ours ${this.#counter}`] : [],
            }[step.field],
          };
    const recordId = z.string().parse(item['id']);
    const written = await writeLocally(world.app, mail, scope, { recordId, action: 'update', fields: value });
    if (written !== null && written.operation !== null) await world.app.queues.push({ ...scope, due: null });
  }

  async #onJob(step: Exclude<Step, { pick: number }>): Promise<void> {
    const { world, connectionId, upn } = this.#mailbox;
    const sync = { connectionId, domain: 'mail', due: null };
    switch (step.do) {
      case 'poll':
        return this.poll();
      case 'push':
        return this.push();
      case 'drain':
        await world.drain();
        return;
      case 'two-polls':
        world.clock.move(5_000);
        await Promise.all([
          runSyncJob({ ...sync, why: 'schedule' }, world.app),
          runSyncJob({ ...sync, why: 'notification' }, world.app),
        ]);
        return;
      case 'poll-and-push':
        await Promise.all([this.poll(), this.push()]);
        return;
      case 'evict':
        await world.control('POST', '/tokens/evict', { upn });
        return;
      case 'heal':
        await world.control('DELETE', '/faults');
        return;
      case 'clock':
        world.clock.move(step.seconds * 1000);
        return;
      case 'fault': {
        const { match, action } = faultKinds[step.kind];
        const { times, skip } = step;
        await world.control('POST', '/faults', { match: { ...match, upn }, action, times, skip });
        return;
      }
      case 'notify': {
        const { messages } = await this.#mailbox.truth();
        const ids = step.picks.flatMap((pick) => from(messages, pick)?.id ?? []);
        await world.app.wake.raise(this.#mailbox.scope, ids);
        return this.poll('notification');
      }
    }
  }
}

/** Where the application may move a message: any synced folder, and Deleted Items. */
const targets = (truth: TruthIds): TruthFolder[] => [
  ...syncedFolders(truth.folders),
  ...truth.folders.filter((folder) => folder.wellKnownName === 'deleteditems'),
];

/** Folders that are not below this one. */
function outside(folder: TruthFolder, own: readonly TruthFolder[]): string[] {
  const byId = new Map(own.map((each) => [each.id, each]));
  const isBelow = (at: TruthFolder | undefined): boolean =>
    at !== undefined && (at.id === folder.id || isBelow(byId.get(at.parentFolderId ?? '')));
  return own.filter((each) => !isBelow(each)).map(({ id }) => id);
}
