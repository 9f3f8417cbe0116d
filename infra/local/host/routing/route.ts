import { parseTemplate, type Parameter, type Part, type Segment } from './template.ts';

export type RouteValues = Readonly<Record<string, string>>;

/** A route of which can be asked whether it fits a path, and with which values. */
export interface Route {
  /** Without prefix slashes, as it was written. */
  readonly template: string;
  match(path: string): RouteValues | undefined;
}

/** Compiles a template (with its prefix). Case and a trailing slash make no difference. Throws when it is malformed. */
export function compileRoute(template: string): Route {
  const segments = parseTemplate(template);
  const parameters: Parameter[] = [];
  const pattern = new RegExp(`^${segmentsPattern(segments, parameters)}/?$`, 'is');
  return {
    template,
    match: (path) => {
      const match = pattern.exec(decodePath(path));
      return match === null ? undefined : valuesOf(parameters, match.slice(1));
    },
  };
}

/** The pattern of a segment and of all that follow: what may be missing at the end is nested, so that it ends together. */
function segmentsPattern([segment, ...rest]: readonly Segment[], parameters: Parameter[]): string {
  if (segment === undefined) return '';
  const own = segment.map((part) => partPattern(part, parameters)).join('');
  const only = segment.length === 1 ? segment[0] : undefined;
  const parameter = only !== undefined && 'parameter' in only ? only.parameter : undefined;
  const following = segmentsPattern(rest, parameters);
  if (parameter?.catchAll === true) return `(?:/${own})?${following}`;
  const missable = parameter !== undefined && (parameter.optional || parameter.defaultValue !== undefined);
  return missable ? `(?:/${own}${following})?` : `/${own}${following}`;
}

function partPattern(part: Part, parameters: Parameter[]): string {
  if ('literal' in part) return part.literal.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  parameters.push(part.parameter);
  return part.parameter.catchAll ? '(.*?)' : '([^/]+?)';
}

function valuesOf(parameters: readonly Parameter[], matched: readonly (string | undefined)[]): RouteValues | undefined {
  const values: Record<string, string> = {};
  for (const [index, { name, constraints, defaultValue }] of parameters.entries()) {
    const found = matched[index];
    const value = found === undefined || found === '' ? defaultValue : found;
    // A parameter that is not there has no value, and no constraint to break.
    if (value === undefined) continue;
    if (!constraints.every((fits) => fits(value))) return undefined;
    values[name] = value;
  }
  return values;
}

/** As the web server gives the path to routing: decoded, but for `%2F`, which stays as it is. */
function decodePath(path: string): string {
  return path.replaceAll(/(?:%[0-9a-f]{2})+/gi, (text) => {
    const kept = text.split(/(%2f)/i);
    return kept.map((piece) => (/^%2f$/i.test(piece) ? piece : decodeOrKeep(piece))).join('');
  });
}

function decodeOrKeep(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
