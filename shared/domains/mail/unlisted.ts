import type { IndexPage, PartitionStore } from '../../engine/ports.ts';
import type { Fields } from '../../lib/json.ts';
import { FOLDERS, listedFolder } from './folder.ts';
import { folderQuery } from './queries.ts';
import { mailSettingsSchema } from './settings.ts';
import { wellKnownNames } from './well-known.ts';

/** Folders that are read at once. */
const FOLDERS_READ = 500;

/**
 * The folders that settings name and the mailbox has not, by their places in the settings (`folders.0`). Well-known names may
 * always be given: some of their folders come to be when they are first used. Nothing before the folders were read to the end.
 */
export async function unlistedFolders(
  store: Pick<PartitionStore, 'list' | 'readCursors'>,
  connectionId: string,
  settings: Fields,
): Promise<readonly string[]> {
  const { folders } = mailSettingsSchema.strip().parse(settings);
  if (folders === 'all' || folders.every((name) => wellKnownNames.includes(name))) return [];
  const scope = { connectionId, domain: 'mail' };
  const cursors = await store.readCursors(scope);
  if (!cursors.some(({ stream, baselined }) => stream === FOLDERS && baselined)) return [];
  const known = new Set(wellKnownNames);
  for (let after: string | null = null; ;) {
    const page: IndexPage = await store.list(scope, { ...folderQuery, limit: FOLDERS_READ, after });
    for (const { item } of page.entries) known.add(listedFolder.parse(item).id);
    if (page.next === null) break;
    after = page.next;
  }
  return folders.flatMap((name, index) => (known.has(name) ? [] : [`folders.${index}`]));
}
