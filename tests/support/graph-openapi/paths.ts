import type { GraphDocument, Operation } from './document.ts';

export interface FoundPath {
  readonly template: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** The spellings that the service takes for a delta function; all read as the documents' one. */
const delta = /^(microsoft\.graph\.)?delta(\(\))?$/;
const spelling = (segment: string): string => (delta.test(segment) ? 'delta' : segment);
const isPlace = (segment: string): boolean => segment.startsWith('{');

/** Finds the template of a path (below the version, without query): literal segments win over places. */
export function pathFinder(document: GraphDocument): (path: string) => FoundPath | string {
  const known = Object.entries(document.paths).map(([template, operations]) => ({
    ...{ template, operations },
    segments: template.split('/').map(spelling),
  }));
  const absent = Object.entries(document['x-absent-on-purpose']).map(([path, why]) => ({
    why,
    segments: path.split('/').map(spelling),
  }));
  return (path) => {
    const segments = path.split('/').map((segment) => spelling(decodeURIComponent(segment)));
    const refused = absent.find((one) => fits(one.segments, asMe(segments)));
    if (refused !== undefined) return `does not exist on purpose: ${refused.why}`;
    const empty = segments.slice(1).find((segment) => ['', 'undefined', 'null', '[object Object]'].includes(segment));
    if (empty !== undefined) return `has the segment "${empty}"`;
    const [best] = known.filter((one) => fits(one.segments, segments)).toSorted(byLiterals);
    return best ?? 'is no path of Graph that is known here';
  };
}

const fits = (template: readonly string[], segments: readonly string[]): boolean =>
  template.length === segments.length && template.every((part, index) => isPlace(part) || part === segments[index]);

/** `/users/{id}` has what `/me` has. */
const asMe = (segments: readonly string[]): readonly string[] =>
  segments[1] === 'users' && segments.length > 3 ? ['', 'me', ...segments.slice(3)] : segments;

function byLiterals(a: { readonly segments: readonly string[] }, b: { readonly segments: readonly string[] }): number {
  const index = a.segments.findIndex((segment, at) => isPlace(segment) !== isPlace(b.segments[at] ?? ''));
  return index < 0 ? 0 : isPlace(a.segments[index] ?? '') ? 1 : -1;
}
