import type { Scope } from '../../engine/model.ts';
import type { IndexPage, PartitionStore } from '../../engine/ports.ts';
import { listedFolder } from './folder.ts';
import { folderQuery } from './queries.ts';

/** Folders that are read at once. */
const FOLDERS_READ = 500;

/** What is watched: the default folder, and each folder that the mailbox lists. Graph tells of one folder at a time. [graph-facts 4.1] */
export async function contactResources(store: Pick<PartitionStore, 'list'>, scope: Scope): Promise<readonly string[]> {
  const resources = ['me/contacts'];
  for (let after: string | null = null; ;) {
    const page: IndexPage = await store.list(scope, { ...folderQuery, limit: FOLDERS_READ, after });
    for (const { item } of page.entries) {
      const { id } = listedFolder.parse(item);
      resources.push(`me/contactFolders/${id.replaceAll('/', '%2F')}/contacts`);
    }
    if (page.next === null) return resources;
    after = page.next;
  }
}
