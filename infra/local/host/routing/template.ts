import { parseConstraint, type Constraint } from './constraints.ts';

export interface Parameter {
  readonly name: string;
  readonly constraints: readonly Constraint[];
  readonly optional: boolean;
  readonly catchAll: boolean;
  readonly defaultValue: string | undefined;
}

export type Part = { readonly literal: string } | { readonly parameter: Parameter };

/** One piece of a path between slashes: text, a parameter, or both in turn (`file-{name}.{extension}`). */
export type Segment = readonly Part[];

/** Understands a route template in ASP.NET Core syntax. Throws when it is malformed. */
export function parseTemplate(template: string): Segment[] {
  const segments: Segment[] = [];
  let parts: Part[] = [];
  let at = 0;
  const text = template.replace(/^\/+|\/+$/g, '');
  while (at < text.length) {
    const character = text[at] ?? '';
    if (character === '/') {
      segments.push(parts);
      parts = [];
      at += 1;
    } else if (character === '{' && text[at + 1] !== '{') {
      const end = findClosing(text, at + 1);
      parts.push({ parameter: parseParameter(unescape(text.slice(at + 1, end))) });
      at = end + 1;
    } else {
      const literal = /^(?:\{\{|\}\}|[^{}/])+/.exec(text.slice(at))?.[0];
      if (literal === undefined) throw new Error(`The route '${template}' has a stray brace.`);
      parts.push({ literal: unescape(literal) });
      at += literal.length;
    }
  }
  if (parts.length > 0) segments.push(parts);
  assertSound(template, segments);
  return segments;
}

/** Braces inside a parameter (of a regular expression) are doubled. */
function findClosing(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if ((text[at] === '{' || text[at] === '}') && text[at + 1] === text[at]) at += 1;
    else if (text[at] === '}') return at;
  }
  throw new Error(`The route '${text}' has a brace that is not closed.`);
}

function unescape(text: string): string {
  return text.replaceAll('{{', '{').replaceAll('}}', '}');
}

function parseParameter(text: string): Parameter {
  const match = /^(\*{0,2})([^:=?]+)(.*)$/s.exec(text);
  if (match === null) throw new Error(`'{${text}}' is not a route parameter.`);
  const [, stars = '', name = '', rest = ''] = match;
  const pieces = splitOutsideParentheses(rest);
  return {
    name,
    catchAll: stars !== '',
    optional: pieces.optional,
    defaultValue: pieces.defaultValue,
    constraints: pieces.constraints.map(parseConstraint),
  };
}

interface Pieces {
  readonly constraints: readonly string[];
  readonly defaultValue: string | undefined;
  readonly optional: boolean;
}

/** Takes `:int:min(1)=5` or `:regex(a:b)?` apart; what is in parentheses is left alone. */
function splitOutsideParentheses(text: string): Pieces {
  const optional = text.endsWith('?');
  const body = optional ? text.slice(0, -1) : text;
  const starts: number[] = [];
  let depth = 0;
  let defaultAt = body.length;
  for (let at = 0; at < body.length; at += 1) {
    const character = body[at];
    if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (depth === 0 && character === ':' && at < defaultAt) starts.push(at);
    else if (depth === 0 && character === '=' && defaultAt === body.length) defaultAt = at;
  }
  const constraints = starts.map((start, index) => body.slice(start + 1, starts[index + 1] ?? defaultAt));
  return { constraints, optional, defaultValue: defaultAt < body.length ? body.slice(defaultAt + 1) : undefined };
}

function assertSound(template: string, segments: readonly Segment[]): void {
  const parameters = segments.flatMap((segment) =>
    segment.flatMap((part) => ('parameter' in part ? [part.parameter] : [])),
  );
  const names = parameters.map(({ name }) => name.toLowerCase());
  if (new Set(names).size < names.length) throw new Error(`The route '${template}' names a parameter twice.`);
  if (segments.some((segment) => segment.length === 0))
    throw new Error(`The route '${template}' has an empty segment.`);
  const parts = segments.flat();
  if (parts.slice(0, -1).some((part) => 'parameter' in part && part.parameter.catchAll)) {
    throw new Error(`A catch-all parameter must be the last of the route '${template}'.`);
  }
}
