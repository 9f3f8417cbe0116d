import { z } from 'zod';
import type { PlanContext, StreamPlan } from '../../engine/domain.ts';
import { sameJson } from '../../lib/json.ts';
import { contactSelect } from './contact-wire.ts';
import {
  DEFAULT,
  FOLDERS,
  folderSelect,
  learnPlaces,
  listedFolder,
  streamOfFolder,
  type ListedFolder,
} from './folder.ts';
import { readNotes, toNotes, type ContactNotes } from './notes.ts';
import { contactSettingsSchema } from './settings.ts';

const rootPlan: StreamPlan = {
  id: FOLDERS,
  kind: 'folder',
  label: 'folders',
  root: true,
  first: { path: `/me/contactFolders/delta?$select=${folderSelect}` },
  expected: null,
  idsPath: null,
  containerPath: null,
};

/** What every stream of contacts has in common: Graph tells of no folder how many it holds. */
const contacts = { kind: 'contact', root: false, expected: null, idsPath: null } as const;

/** The folder that no list names: `/me/contacts` is this one alone, and it cannot be deleted. [graph-facts 2.3, 8] */
const defaultPlan: StreamPlan = {
  ...contacts,
  id: DEFAULT,
  label: 'Contacts',
  first: { path: `/me/contacts/delta?$select=${contactSelect}` },
  containerPath: null,
};

/**
 * The folders first; once they are known, the contacts of each. The default folder comes first, or last as long as its id is
 * not known although it was read: a contact that was moved into it is met there before its leaving is settled, for nothing
 * tells that folder from one that is not synced.
 */
export async function planContacts(context: PlanContext): Promise<readonly StreamPlan[]> {
  const { defaultRegion } = contactSettingsSchema.strip().parse(context.settings ?? {});
  const noted = readNotes(context.notes);
  const empty = noted.defaultFolderId === undefined && context.baselined(DEFAULT);
  const defaultFolderId = empty ? await askDefaultFolder(context) : noted.defaultFolderId;
  const notes = toNotes({ ...noted, defaultFolderId, region: defaultRegion });
  if (!sameJson(notes, toNotes(noted)) || context.notes === null) context.note(notes);
  if (!context.baselined(FOLDERS)) return [rootPlan];
  const listed = (await context.entries('f')).map(({ item }) => listedFolder.parse(item));
  // The default folder, should a list name it after all, has its own stream.
  const folders = listed.filter(({ id }) => id !== defaultFolderId);
  const others = folders.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(planOf);
  const last = defaultFolderId === undefined && context.baselined(DEFAULT);
  return [rootPlan, ...(last ? [...others, defaultPlan] : [defaultPlan, ...others])];
}

function planOf(folder: ListedFolder): StreamPlan {
  const path = `/me/contactFolders/${encodeURIComponent(folder.id)}`;
  return {
    ...contacts,
    id: streamOfFolder(folder.id),
    label: folder.name,
    place: { folderId: folder.id },
    // `$select` only; the size of pages is asked for by Prefer. [graph-facts 2.3]
    first: { path: `${path}/contacts/delta?$select=${contactSelect}` },
    containerPath: `${path}?$select=id`,
  };
}

const placed = z.object({ parentFolderId: z.string().min(1) });
const list = z.object({ value: z.array(z.unknown()) });

/** The folder of the first contact, where there is one by now; a failure tells nothing, and the next pass asks again. */
async function askDefaultFolder({ source }: PlanContext): Promise<string | undefined> {
  const [answer] = await source.getMany(['/me/contacts?$top=1&$select=parentFolderId']);
  if (answer?.outcome !== 'found') return undefined;
  return foldersOf(list.safeParse(answer.raw).data?.value ?? [])[0];
}

/** The folders that items name, each once. */
const foldersOf = (items: readonly unknown[]): string[] => [
  ...new Set(items.flatMap((item) => placed.safeParse(item).data?.parentFolderId ?? [])),
];

/** What a page teaches about places: the id of the default folder, and where folders lie. Undefined = nothing new. */
export function learnFolders(stream: string, items: readonly unknown[], notes: ContactNotes): ContactNotes | undefined {
  if (stream === FOLDERS) {
    const places = learnPlaces(items, notes);
    return places === notes.places || places.length === 0 ? undefined : { ...notes, places: [...places] };
  }
  const defaultFolderId = stream === DEFAULT ? learnDefault(items, notes) : undefined;
  return defaultFolderId === undefined ? undefined : { ...notes, defaultFolderId };
}

/** Once it is known, only a page that names one other folder alone tells that the mailbox has changed. */
function learnDefault(items: readonly unknown[], notes: ContactNotes): string | undefined {
  const [named, another] = foldersOf(items);
  if (named === notes.defaultFolderId) return undefined;
  return another !== undefined && notes.defaultFolderId !== undefined ? undefined : named;
}
