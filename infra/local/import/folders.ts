import type { FolderPath } from './item.ts';

/** What mail programs call the folders that every mailbox has. */
const known: Readonly<Record<string, string>> = {
  inbox: 'inbox',
  sent: 'sentitems',
  'sent mail': 'sentitems',
  'sent items': 'sentitems',
  'sent messages': 'sentitems',
  draft: 'drafts',
  drafts: 'drafts',
  trash: 'deleteditems',
  bin: 'deleteditems',
  'deleted items': 'deleteditems',
  'deleted messages': 'deleteditems',
  spam: 'junkemail',
  junk: 'junkemail',
  'junk email': 'junkemail',
  archive: 'archive',
  archives: 'archive',
  archived: 'archive',
};

/** The well-known folder of this name; undefined for a folder of somebody's own. */
export const wellKnownOf = (name: string): string | undefined => known[name.trim().toLowerCase()];

/** Folders within folders that the tenant takes. */
const DEEPEST = 30;

/** A path as the tenant takes it, no deeper. What comes out of folders without a name goes to the inbox. */
export function placeOf(folders: FolderPath): FolderPath {
  const names = folders.map((name) => name.trim().slice(0, 200)).filter((name) => name !== '');
  const [top, ...rest] = names.slice(0, DEEPEST);
  return top === undefined ? ['inbox'] : [wellKnownOf(top) ?? top, ...rest];
}

/** Labels that say what a message is, and nothing of where it is. */
const states = ['opened', 'unread', 'starred', 'important'];
/** Where a message with several of Gmail's own labels is, as Outlook would have it: the first that it has. */
const order = ['deleteditems', 'junkemail', 'drafts', 'sentitems', 'inbox'];

export interface Labelled {
  readonly folder: FolderPath;
  readonly categories: readonly string[];
  readonly isRead: boolean;
  readonly isFlagged: boolean;
  readonly isImportant: boolean;
}

/**
 * Gmail's labels as folder and categories. A message that was archived lies in the folder of its first own label; each own
 * label is a category too, for a message has one folder and may have many labels.
 */
export function placeByLabels(labels: readonly string[]): Labelled {
  const lower = labels.map((label) => label.toLowerCase());
  const system = labels.flatMap((label) => wellKnownOf(label) ?? []);
  const own = labels.filter((label, index) => wellKnownOf(label) === undefined && !states.includes(lower[index] ?? ''));
  const first = own.find((label) => !label.toLowerCase().startsWith('category '));
  const place = order.find((name) => system.includes(name));
  return {
    folder: place !== undefined ? [place] : first !== undefined ? placeOf(first.split('/')) : ['archive'],
    categories: own.map((label) => label.slice(0, 255)),
    isRead: !lower.includes('unread'),
    isFlagged: lower.includes('starred'),
    isImportant: lower.includes('important'),
  };
}
