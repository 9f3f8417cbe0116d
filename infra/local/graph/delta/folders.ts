import type { Folder, FolderLogEntry } from '../folders.ts';
import type { MailboxContext } from '../http.ts';
import { renderFolder } from '../render.ts';
import { folderOptions } from './options.ts';
import type { DeltaState } from './token.ts';
import type { DeltaSource } from './walk.ts';

const TYPE = '#microsoft.graph.mailFolder';

/** The folders of a mailbox, or those below one folder, at any depth, as a delta source. */
export function folderSource(context: MailboxContext, root: Folder, hidden: boolean): DeltaSource {
  const { folders, ids } = context.mailbox;
  const shown = (): Folder[] =>
    folders
      .subtree(root.num)
      .filter((folder) => folder !== root && (hidden || !folder.hidden))
      .sort((left, right) => left.num - right.num);
  return {
    scope: `folders|${context.user.id}|${root.num}`,
    what: 'Collection(mailFolder)',
    readOptions: folderOptions,
    mark: () => folders.mark(),
    list: (state, size) => {
      const from = state.after?.num ?? 0;
      const left = shown().filter((folder) => folder.num > from);
      const page = left.slice(0, size);
      const last = page.at(-1);
      return {
        value: page.map((folder) => ({
          '@odata.type': TYPE,
          ...renderFolder(folder, context.mailbox, state.options.select),
        })),
        after: last === undefined ? undefined : { receivedMs: 0, num: last.num },
        more: left.length > page.length,
        capped: false,
      };
    },
    changes: (state, size) => {
      const { nums, at } = touchedFolders(folders.log, state, size);
      const present = new Map(shown().map((folder) => [folder.num, folder]));
      const value = [...nums].flatMap(([num, fields]) => {
        const folder = present.get(num);
        const gone =
          folder === undefined && num !== root.num && (fields === undefined || folders.get(num) === undefined);
        if (gone) return [{ '@odata.type': TYPE, id: ids.folder(num), '@removed': { reason: 'deleted' } }];
        if (folder === undefined || !concerns(fields, state)) return [];
        return [{ '@odata.type': TYPE, ...renderFolder(folder, context.mailbox, state.options.select) }];
      });
      return { value, at };
    },
  };
}

/** Folders named in the log from the state on, with the fields that changed; undefined = it came, moved or went. */
export function touchedFolders(
  log: readonly FolderLogEntry[],
  state: DeltaState,
  size: number,
): { nums: Map<number, readonly string[] | undefined>; at: number } {
  const nums = new Map<number, readonly string[] | undefined>();
  let { at } = state;
  for (; at < log.length; at += 1) {
    const entry = log[at];
    if (entry === undefined || (!nums.has(entry.num) && nums.size === size)) break;
    const whole = entry.kind !== 'update' || entry.fields.includes('parentFolderId');
    const before = nums.has(entry.num) ? nums.get(entry.num) : [];
    nums.set(entry.num, whole || before === undefined ? undefined : [...before, ...entry.fields]);
  }
  return { nums, at };
}

function concerns(fields: readonly string[] | undefined, state: DeltaState): boolean {
  const { select } = state.options;
  return fields === undefined || select === undefined || fields.some((field) => select.includes(field));
}
