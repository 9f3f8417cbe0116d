import { invalidQuery } from '../errors.ts';
import { parseExpand, wholeNumber } from '../query.ts';
import { parseFolderSelect, parseSelect } from '../render.ts';
import { badToken } from './token.ts';
import type { DeltaOptions } from './token.ts';

function unsupported(names: readonly string[], resource: string): never {
  const list = names.map((name) => `'${name}'`).join(', ');
  throw invalidQuery(
    `The following parameters are not supported with change tracking over the '${resource}' resource: ${list}.`,
  );
}

function refuse(query: URLSearchParams, names: readonly string[], resource: string): void {
  const found = names.filter((name) => query.has(name));
  if (found.length > 0) unsupported(found, resource);
}

/** The options of a first call over messages. */
export function messageOptions(query: URLSearchParams): DeltaOptions {
  refuse(query, ['$search', '$skip', '$count'], 'Messages');
  const order = query.get('$orderby');
  if (order !== null && !/^\s*receivedDateTime\s+desc\s*$/i.test(order)) unsupported(['$orderby'], 'Messages');
  const options: DeltaOptions = {};
  const select = parseSelect(query.get('$select'));
  const expand = parseExpand(query.get('$expand'));
  const top = wholeNumber(query, '$top');
  const filter = query.get('$filter');
  const changeType = query.get('changeType');
  if (select !== undefined) options.select = select;
  if (expand.length > 0) options.expand = expand;
  if (top !== undefined) options.top = top;
  if (filter !== null) options.since = sinceOf(filter);
  if (changeType === 'created' || changeType === 'updated' || changeType === 'deleted') options.changeType = changeType;
  else if (changeType !== null) throw invalidQuery(`Invalid value '${changeType}' for changeType query option found.`);
  return options;
}

function sinceOf(filter: string): { ms: number; open: boolean } {
  const match = /^\s*receivedDateTime\s+(ge|gt)\s+(\S+)\s*$/i.exec(filter);
  const ms = Date.parse(match?.[2] ?? '');
  if (match === null || Number.isNaN(ms)) unsupported(['$filter'], 'Messages');
  return { ms, open: match[1]?.toLowerCase() === 'gt' };
}

/** The options of a first call over folders: `$select` and nothing else. */
export function folderOptions(query: URLSearchParams): DeltaOptions {
  refuse(query, ['$top', '$filter', '$orderby', '$expand', '$search', '$skip', '$count'], 'Folders');
  const select = parseFolderSelect(query.get('$select'));
  return select === undefined ? {} : { select };
}

/**
 * The token of a link; which of the two names it came under says nothing. An empty one (as in the `Location` of a 410)
 * starts over. `latest` is for directory objects.
 */
export function tokenOf(query: URLSearchParams): string | undefined {
  const token = query.get('$deltatoken') ?? query.get('$skiptoken');
  if (token === null || token === '') return undefined;
  if (token.toLowerCase() === 'latest') throw badToken();
  return token;
}
