interface Route<T> {
  method: string;
  segments: readonly string[];
  /** `1` for a plain word, `0` for a value: the greater string is the closer fit. */
  rank: string;
  value: T;
}

export type Found<T> = { value: T; params: Record<string, string> } | 'method' | undefined;

/** A table of method + pattern. Plain words match in any case and beat `{name}`. */
export class RouteTable<T> {
  private readonly routes: Route<T>[] = [];

  add(method: string, pattern: string, value: T): void {
    const segments = pattern.split('/').slice(1);
    const rank = segments.map((segment) => (segment.startsWith('{') ? '0' : '1')).join('');
    this.routes.push({ method, segments: segments.map(lower), rank, value });
  }

  /** `method`: the path is known, but not with this method. */
  find(method: string, segments: readonly string[]): Found<T> {
    const fits = this.routes.filter((route) => matches(route.segments, segments));
    fits.sort((left, right) => (left.rank < right.rank ? 1 : -1));
    const route = fits.find((candidate) => candidate.method === method);
    if (route === undefined) return fits.length > 0 ? 'method' : undefined;
    const params: Record<string, string> = {};
    for (const [at, name] of route.segments.entries()) {
      if (name.startsWith('{')) params[name.slice(1, -1)] = segments[at] ?? '';
    }
    return { value: route.value, params };
  }
}

function lower(segment: string): string {
  return segment.startsWith('{') ? segment : segment.toLowerCase();
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  if (pattern.length !== segments.length) return false;
  return pattern.every((word, at) => word.startsWith('{') || word === segments[at]?.toLowerCase());
}

/** The decoded segments of a path, or undefined where the escapes are broken. */
export function segmentsOf(path: string): string[] | undefined {
  try {
    return path.split('/').slice(1).map(decodeURIComponent);
  } catch {
    // decodeURIComponent throws nothing but URIError.
    return undefined;
  }
}

/**
 * Graph's other spellings, brought to one: `messages('id')` -> `messages/id`, `microsoft.graph.delta()` -> `delta`, and
 * `mailFolders/a/childFolders/b` -> `mailFolders/b`.
 */
export function graphSegments(path: string): string[] | undefined {
  const segments = segmentsOf(path)?.flatMap((segment) => {
    const keyed = /^(\w+)\('(.*)'\)$/.exec(segment);
    if (keyed?.[1] !== undefined && keyed[2] !== undefined) return [keyed[1], keyed[2].replaceAll("''", "'")];
    return [segment.replace(/^microsoft\.graph\./i, '').replace(/^(\w+)\(\)$/, '$1')];
  });
  return segments === undefined ? undefined : flattened(segments);
}

function flattened(segments: string[]): string[] {
  const at = segments.findIndex((segment) => segment.toLowerCase() === 'childfolders');
  const next = segments[at + 1];
  if (at < 2 || next === undefined || /^(delta|\$count)$/i.test(next)) return segments;
  return flattened([...segments.slice(0, at - 1), next, ...segments.slice(at + 2)]);
}
