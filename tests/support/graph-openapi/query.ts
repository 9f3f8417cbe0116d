import { itemShapeOf, parametersOf, type GraphDocument, type Operation } from './document.ts';

/** Documented on a page of its own and missing from the metadata that the description was made of. */
const documentedElsewhere: Readonly<Record<string, readonly RegExp[]>> = {
  includeHiddenFolders: [/\/mailFolders$/, /\/childFolders$/],
};

/** Options that are whole numbers, so that `$top=abc` is found. */
const numbers = new Set(['$top', '$skip']);

/** A nextLink or deltaLink: its parameters belong to the service. */
export const isLink = (query: URLSearchParams): boolean => query.has('$skiptoken') || query.has('$deltatoken');

/** Checks query options: known, taken here, given once, of the right form, and `$select` of members that there are. */
export function queryFaults(
  document: GraphDocument,
  { template, operation }: { readonly template: string; readonly operation: Operation },
  query: URLSearchParams,
): string[] {
  const declared = parametersOf(document, operation).filter((one) => one.in === 'query');
  const names = new Set(declared.map((one) => one.name));
  const missing = declared.filter((one) => one.required && !query.has(one.name));
  return [
    ...missing.map((one) => `lacks the query option ${one.name}`),
    ...[...new Set(query.keys())].flatMap((name) => {
      if (query.getAll(name).length > 1) return [`has the query option ${name} twice`];
      if (operation['x-unsupported-query-options'].includes(name))
        return [`does not take ${name}: the service refuses it`];
      const elsewhere = documentedElsewhere[name]?.some((where) => where.test(template)) ?? false;
      if (!names.has(name) && !elsewhere) return [`has the query option ${name}, which it does not know`];
      if (numbers.has(name) && !/^\d+$/.test(query.get(name) ?? '')) return [`has a ${name} that is no number`];
      return [];
    }),
    ...selectFaults(document, operation, query.get('$select')),
  ];
}

function selectFaults(document: GraphDocument, operation: Operation, select: string | null): string[] {
  const shape = select === null ? null : itemShapeOf(document, operation);
  if (select === null || shape === null || shape.open) return [];
  return select.split(',').flatMap((name) => {
    const [first = ''] = name.trim().split('/');
    return Object.hasOwn(shape.properties, first) ? [] : [`selects ${name}, which it does not have`];
  });
}
