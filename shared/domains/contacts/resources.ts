import type { ShortLists } from '../../engine/short-lists.ts';
import { listedFolder } from './folder.ts';

/** What is watched: the default folder, and each folder that the mailbox lists. Graph tells of one folder at a time. [graph-facts 4.1] */
export async function contactResources(lists: ShortLists): Promise<readonly string[]> {
  const folders = (await lists('f')).map(({ item }) => listedFolder.parse(item));
  const resources = folders.map(({ id }) => `me/contactFolders/${id.replaceAll('/', '%2F')}/contacts`);
  return ['me/contacts', ...resources];
}
