import type { z } from 'zod';
import type { PlanContext, StreamPlan } from '../../engine/domain.ts';
import type { IndexEntry } from '../../engine/model.ts';
import { FOLDERS, folderSelect, listedFolder, streamOfFolder } from './folder.ts';
import { messageSelect } from './message-wire.ts';
import { mailSettingsSchema, type MailSettings } from './settings.ts';
import { askMissing, askWellKnown, readNotes, wellKnownNameOf, type WellKnown } from './well-known.ts';

/** Left out of `all`, with everything below them. */
const unread = [
  'deleteditems',
  'junkemail',
  'drafts',
  'outbox',
  'conversationhistory',
  'syncissues',
  'searchfolders',
] as const;

const rootPlan: StreamPlan = {
  id: FOLDERS,
  kind: 'folder',
  label: 'folders',
  root: true,
  first: { path: `/me/mailFolders/delta?$select=${folderSelect}` },
  expected: null,
  idsPath: null,
  containerPath: null,
};

interface Folder extends z.output<typeof listedFolder> {
  readonly isHidden: boolean;
  readonly isSearch: boolean;
}

/** The folders first; once they are known, the messages of each chosen folder: Inbox, Sent Items, then by name. */
export async function planMail(context: PlanContext): Promise<readonly StreamPlan[]> {
  const settings = mailSettingsSchema.strip().parse(context.settings ?? {});
  if (readNotes(context.notes) === null) context.note(await askWellKnown(context.source));
  if (!context.baselined(FOLDERS)) return [rootPlan];
  const folders = (await context.entries('f')).map(readFolder);
  const ids = folders.map((folder) => folder.id);
  const more = await askMissing(context.source, context.notes, ids);
  if (more !== null) context.note(more);
  const wellKnown = readNotes(context.notes) ?? {};
  const chosen = folders.filter((folder) =>
    isChosen(folder, { settings, wellKnown, folders: new Map(folders.map((each) => [each.id, each])) }),
  );
  return [rootPlan, ...chosen.toSorted(byImportance(wellKnown)).map(planOf)];
}

const readFolder = ({ item, columns }: IndexEntry): Folder => ({
  ...listedFolder.parse(item),
  isHidden: columns['hidden'] === true,
  isSearch: columns['search'] === true,
});

/** The folder and all above it, as far as they are known. */
function lineage(folder: Folder, folders: ReadonlyMap<string, Folder>): string[] {
  const ids = [folder.id];
  for (
    let parent = folder.parentId;
    parent !== null && !ids.includes(parent);
    parent = folders.get(parent)?.parentId ?? null
  ) {
    ids.push(parent);
  }
  return ids;
}

function isChosen(
  folder: Folder,
  given: {
    readonly settings: MailSettings;
    readonly wellKnown: WellKnown;
    readonly folders: ReadonlyMap<string, Folder>;
  },
): boolean {
  const { settings, wellKnown, folders } = given;
  const line = lineage(folder, folders);
  if (settings.folders === 'all') {
    if (folder.isHidden || folder.isSearch || folder.id === wellKnown.msgfolderroot) return false;
    const below = wellKnown.msgfolderroot === undefined || line.includes(wellKnown.msgfolderroot);
    return below && !unread.some((name) => wellKnown[name] !== undefined && line.includes(wellKnown[name]));
  }
  const name = wellKnownNameOf(wellKnown, folder.id);
  const named = settings.folders.includes(folder.id) || (name !== null && settings.folders.includes(name));
  // A deleted folder lies below Deleted Items: it is no place of its own any more.
  const deleted = wellKnown.deleteditems !== undefined && line.slice(1).includes(wellKnown.deleteditems);
  return named && !deleted;
}

function byImportance(wellKnown: WellKnown): (a: Folder, b: Folder) => number {
  const rank = (folder: Folder): string => {
    const name = wellKnownNameOf(wellKnown, folder.id);
    return name === 'inbox' ? '0' : name === 'sentitems' ? '1' : `2${folder.name}`;
  };
  return (a, b) => (rank(a) < rank(b) ? -1 : 1);
}

function planOf(folder: Folder): StreamPlan {
  const path = `/me/mailFolders/${encodeURIComponent(folder.id)}`;
  return {
    id: streamOfFolder(folder.id),
    kind: 'message',
    label: folder.name,
    place: { folderId: folder.id },
    root: false,
    // Newest first: `$orderby` takes nothing else on message delta, and pages are asked for by Prefer, never by $top. [graph-facts 2.1]
    first: {
      path: `${path}/messages/delta?$select=${messageSelect}&$orderby=${encodeURIComponent('receivedDateTime desc')}`,
    },
    expected: folder.totalCount,
    idsPath: `${path}/messages?$select=id&$top=1000`,
    containerPath: `${path}?$select=id`,
  };
}
