import { z } from 'zod';
import { BODY_MARK } from '../plan/leaks.ts';
import { oddTexts } from './odd-texts.ts';
import { syncedFolders, type ProgramMailbox, type TruthFolder, type TruthIds } from './mailbox.ts';
import type { RemoteStep } from './steps.ts';

const body = `${'Long enough to be no preview. '.repeat(20)}${BODY_MARK}`;

export const from = <T>(items: readonly T[], pick: number): T | undefined =>
  items.length === 0 ? undefined : items[pick % items.length];

type FolderStep = Extract<RemoteStep, { do: `folder-${string}` }>;
type MessageStep = Exclude<RemoteStep, FolderStep>;
const isOfFolder = (step: RemoteStep): step is FolderStep => step.do.startsWith('folder-');

const made = z.array(z.object({ id: z.string() }));

/** Does a step in the tenant; answers the ids of messages that notifications would name. `count` makes each value new. */
export async function doRemotely(mailbox: ProgramMailbox, step: RemoteStep, count: number): Promise<string[]> {
  const truth = await mailbox.truth();
  return isOfFolder(step) ? onFolder(mailbox, step, truth, count) : onMessage(mailbox, step, truth, count);
}

async function onMessage(
  mailbox: ProgramMailbox,
  step: MessageStep,
  truth: TruthIds,
  count: number,
): Promise<string[]> {
  const synced = new Set(syncedFolders(truth.folders).map(({ id }) => id));
  if (step.do === 'arrive') {
    const odd = step.odd % 3 === 0 ? (from(oddTexts, step.odd) ?? '') : '';
    const message = {
      subject: `${odd}New ${count}`,
      isRead: step.isRead,
      body,
      importance: odd === '' ? 'low' : 'odd',
    };
    const folder = from([...synced], step.pick);
    return made.parse(await mailbox.user('POST', '/messages', { ...message, folder })).map(({ id }) => id);
  }
  const all = step.do === 'edit' ? truth.messages : truth.messages.filter(isAt(synced, step.do !== 'restore'));
  const message = from(all, step.pick);
  if (message === undefined) return [];
  const move = (folder: string): Promise<unknown> => mailbox.user('POST', `/messages/${message.id}/move`, { folder });
  if (step.do === 'edit') await edit(mailbox, message.id, step, count);
  else if (step.do === 'restore') await move('inbox');
  else if (step.do === 'move') await move(from([...synced], step.to) ?? 'inbox');
  else if (step.do === 'delete') await mailbox.user('DELETE', `/messages/${message.id}?permanent=${step.permanent}`);
  else {
    await move(step.do === 'out-and-back' ? 'deleteditems' : (from([...synced], step.to) ?? 'inbox'));
    await move(message.parentFolderId);
  }
  return [message.id];
}

const isAt =
  (places: ReadonlySet<string>, inside: boolean) =>
  ({ parentFolderId }: { readonly parentFolderId: string }): boolean =>
    places.has(parentFolderId) === inside;

async function edit(
  mailbox: ProgramMailbox,
  id: string,
  { field, on }: Extract<RemoteStep, { do: 'edit' }>,
  count: number,
): Promise<void> {
  const value: unknown = {
    isRead: on,
    flag: on ? 'flagged' : 'notFlagged',
    categories: on ? [`Theirs ${count}`] : [],
    subject: `Subject ${count}`,
    importance: on ? 'high' : 'unknownFutureValue',
  }[field];
  await mailbox.user('PATCH', `/messages/${id}`, { [field]: value });
}

async function onFolder(mailbox: ProgramMailbox, step: FolderStep, truth: TruthIds, count: number): Promise<string[]> {
  const own = truth.folders.filter((folder) => folder.wellKnownName === null);
  if (step.do === 'folder-create') {
    const parent = from(['msgfolderroot', 'inbox', ...own.map(({ id }) => id)], step.to);
    await mailbox.user('POST', '/folders', {
      displayName: `${from(oddTexts, step.pick) ?? ''}Folder ${count}`,
      parent,
    });
    return [];
  }
  const folder = from(own, step.pick);
  if (folder === undefined) return [];
  const path = `/folders/${folder.id}`;
  if (step.do === 'folder-rename') await mailbox.user('PATCH', path, { displayName: `Renamed ${count}` });
  else if (step.do === 'folder-delete') await mailbox.user('DELETE', `${path}?permanent=${step.permanent}`);
  else {
    const parent = from(['msgfolderroot', 'inbox', 'deleteditems', ...outside(folder, own)], step.to);
    await mailbox.user('PATCH', path, { parent, displayName: `Moved ${count}` });
  }
  return truth.messages.filter(({ parentFolderId }) => parentFolderId === folder.id).map(({ id }) => id);
}

/** Folders that are not below this one. */
function outside(folder: TruthFolder, own: readonly TruthFolder[]): string[] {
  const byId = new Map(own.map((each) => [each.id, each]));
  const isBelow = (at: TruthFolder | undefined): boolean =>
    at !== undefined && (at.id === folder.id || isBelow(byId.get(at.parentFolderId ?? '')));
  return own.filter((each) => !isBelow(each)).map(({ id }) => id);
}
