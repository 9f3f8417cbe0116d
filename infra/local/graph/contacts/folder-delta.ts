import { touchedFolders } from '../delta/folders.ts';
import type { DeltaOptions } from '../delta/token.ts';
import type { DeltaSource } from '../delta/walk.ts';
import { invalidQuery } from '../errors.ts';
import type { MailboxContext } from '../http.ts';
import type { ContactFolder } from './folders.ts';
import { parseContactFolderSelect, renderContactFolder } from './render.ts';

const TYPE = '#microsoft.graph.contactFolder';
const REFUSED = ['$orderby', '$filter', '$expand', '$search', '$top', '$skip', '$count'];

/** The contact folders of a mailbox as a delta source: all but the default one. */
export function contactFolderSource(context: MailboxContext): DeltaSource {
  const { folders } = context.mailbox.contacts;
  const shown = (): ContactFolder[] => {
    const deep = context.tenant.settings.contacts.folderDelta === 'deep';
    const all = deep ? folders.subtree(folders.main).slice(1) : folders.children(folders.main.num);
    return all.sort((left, right) => left.num - right.num);
  };
  const entryOf = (folder: ContactFolder, { select }: DeltaOptions): Record<string, unknown> => ({
    '@odata.type': TYPE,
    ...renderContactFolder(folder, context.mailbox.contacts, select),
  });
  return {
    scope: `contactFolders|${context.user.id}`,
    what: 'Collection(contactFolder)',
    readOptions,
    mark: () => folders.log.length,
    list: (state, size) => {
      const from = state.after?.num ?? 0;
      const left = shown().filter((folder) => folder.num > from);
      const page = left.slice(0, size);
      const last = page.at(-1);
      return {
        value: page.map((folder) => entryOf(folder, state.options)),
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
        if (folder !== undefined) return concerns(fields, state.options) ? [entryOf(folder, state.options)] : [];
        if (fields !== undefined && folders.get(num) !== undefined) return [];
        return [{ '@odata.type': TYPE, id: context.mailbox.ids.folder(num), '@removed': { reason: 'deleted' } }];
      });
      return { value, at };
    },
  };
}

function readOptions(query: URLSearchParams): DeltaOptions {
  if (REFUSED.some((name) => query.has(name))) {
    throw invalidQuery(
      "The following parameters are not supported with change tracking over the 'ContactFolders' resource: '$orderby, $filter, $select, $expand, $search, $top'.",
    );
  }
  const select = parseContactFolderSelect(query.get('$select'));
  return select === undefined ? {} : { select };
}

function concerns(fields: readonly string[] | undefined, { select }: DeltaOptions): boolean {
  return fields === undefined || select === undefined || fields.some((field) => select.includes(field));
}
