import { invalidQuery } from './errors.ts';
import type { Message } from './model.ts';
import { isMember, memberOf } from './render.ts';
import type { View } from './render.ts';

/** A `$filter`, read: the test, and the member names in the order in which they are named. */
export interface Filter {
  test: (message: Message, view: View) => boolean;
  members: readonly string[];
}

type Test = Filter['test'];
type Value = string | number | boolean | null;

const TOKEN = /\s*('(?:[^']|'')*'|\d{4}-\d\d-\d\dT[^\s(),']+|[(),:]|[^\s(),:']+)\s*/y;
const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

function invalid(): never {
  throw invalidQuery('The query filter is invalid or not supported.');
}

/** Reads the part of OData that mail filters use: comparisons, and/or/not, startswith, contains, any() on categories and extended properties. */
export function parseFilter(text: string): Filter {
  const parser = new Parser(text);
  const test = parser.or();
  if (!parser.done) invalid();
  return { test, members: parser.members };
}

class Parser {
  readonly members: string[] = [];
  private readonly tokens: string[];
  private at = 0;

  constructor(text: string) {
    this.tokens = tokensOf(text);
  }

  get done(): boolean {
    return this.at === this.tokens.length;
  }

  or(): Test {
    let left = this.and();
    while (this.accept('or')) {
      const [first, second] = [left, this.and()];
      left = (message, view) => first(message, view) || second(message, view);
    }
    return left;
  }

  private and(): Test {
    let left = this.unary();
    while (this.accept('and')) {
      const [first, second] = [left, this.unary()];
      left = (message, view) => first(message, view) && second(message, view);
    }
    return left;
  }

  private unary(): Test {
    if (this.accept('not')) {
      const inner = this.unary();
      return (message, view) => !inner(message, view);
    }
    if (this.accept('(')) {
      const inner = this.or();
      this.expect(')');
      return inner;
    }
    return this.comparison();
  }

  private comparison(): Test {
    const word = this.next();
    const name = word.toLowerCase();
    if (name === 'startswith' || name === 'contains') return this.textTest(name);
    if (name === 'categories/any') return this.categories();
    if (name === 'singlevalueextendedproperties/any') return this.extended();
    const compare = COMPARISONS[this.next().toLowerCase()] ?? invalid();
    const wanted = literal(this.next());
    const path = this.member(word);
    return (message, view) => {
      const order = orderOf(read(message, path, view), wanted);
      return order !== undefined && compare(order);
    };
  }

  private textTest(name: 'startswith' | 'contains'): Test {
    this.expect('(');
    const path = this.member(this.next());
    this.expect(',');
    const wanted = String(literal(this.next())).toLowerCase();
    this.expect(')');
    return (message, view) => {
      const found = read(message, path, view);
      const value = typeof found === 'string' ? found.toLowerCase() : '';
      return name === 'contains' ? value.includes(wanted) : value.startsWith(wanted);
    };
  }

  private categories(): Test {
    this.expect('(');
    const variable = this.next();
    this.expect(':');
    if (this.next() !== variable || !this.accept('eq')) invalid();
    const wanted = String(literal(this.next())).toLowerCase();
    this.expect(')');
    this.members.push('categories');
    return (message) => message.categories.some((category) => category.toLowerCase() === wanted);
  }

  private extended(): Test {
    this.expect('(');
    const variable = this.next();
    this.expect(':');
    const wanted = new Map<string, string>();
    do {
      const path = this.next().toLowerCase();
      if (!this.accept('eq')) invalid();
      wanted.set(path.slice(variable.length + 1), String(literal(this.next())));
    } while (this.accept('and'));
    this.expect(')');
    const id = wanted.get('id')?.toLowerCase() ?? invalid();
    const value = wanted.get('value');
    this.members.push('singleValueExtendedProperties');
    return (message) =>
      message.extended.some(
        (property) => property.id.toLowerCase() === id && (value === undefined || property.value === value),
      );
  }

  private member(path: string): readonly string[] {
    const parts = path.split('/');
    if (!isMember(parts[0] ?? '')) invalid();
    this.members.push(path);
    return parts;
  }

  private next(): string {
    const token = this.tokens[this.at];
    if (token === undefined) invalid();
    this.at += 1;
    return token;
  }

  private accept(word: string): boolean {
    if (this.tokens[this.at]?.toLowerCase() !== word) return false;
    this.at += 1;
    return true;
  }

  private expect(word: string): void {
    if (!this.accept(word)) invalid();
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length;) {
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) invalid();
    tokens.push(token);
  }
  return tokens;
}

function literal(token: string): Value {
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  if (token === 'true' || token === 'false') return token === 'true';
  if (token === 'null') return null;
  if (/^-?\d+(\.\d+)?$/.test(token)) return Number(token);
  if (Number.isNaN(Date.parse(token))) invalid();
  return Date.parse(token);
}

function read(message: Message, path: readonly string[], view: View): unknown {
  let value = memberOf(message, path[0] ?? '', view);
  for (const part of path.slice(1)) {
    value = typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(part) : undefined;
  }
  return value;
}

/** Below, at or above 0; undefined where the two cannot be compared. Dates are compared as instants, text without case. */
function orderOf(value: unknown, wanted: Value): number | undefined {
  if (typeof wanted === 'number' && typeof value === 'string') return Date.parse(value) - wanted;
  if (typeof wanted === 'number') return typeof value === 'number' ? value - wanted : undefined;
  if (typeof wanted === 'string') {
    if (typeof value !== 'string') return undefined;
    const [left, right] = [value.toLowerCase(), wanted.toLowerCase()];
    return left === right ? 0 : left < right ? -1 : 1;
  }
  return (value ?? null) === wanted ? 0 : 1;
}
