import { invalidQuery } from './errors.ts';
import type { ExtendedProperty } from './model.ts';

/** What can be asked of one kind of item; names are compared without regard to case. */
export interface FilterWords<T, V> {
  isMember(name: string): boolean;
  /** A member's value by its wire name, as it is seen in `view`. */
  read(item: T, name: string, view: V): unknown;
  extended(item: T): readonly ExtendedProperty[];
  /** Collections that `any()` takes, in lower case, each with the member of its elements that is compared ('' = itself). */
  collections: Readonly<Record<string, string>>;
}

/** A `$filter`, read: the test, and the member names in the order in which they are named. */
export interface Filter<T, V> {
  test: (item: T, view: V) => boolean;
  members: readonly string[];
}

type Test<T, V> = Filter<T, V>['test'];
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

/** Reads the part of OData that Outlook filters use: comparisons, and/or/not, startswith, contains, any() on the collections of `words` and on extended properties. */
export function parseFilter<T, V>(text: string, words: FilterWords<T, V>): Filter<T, V> {
  const parser = new Parser(text, words);
  const test = parser.or();
  if (!parser.done) invalid();
  return { test, members: parser.members };
}

class Parser<T, V> {
  readonly members: string[] = [];
  private readonly tokens: string[];
  private readonly words: FilterWords<T, V>;
  private at = 0;

  constructor(text: string, words: FilterWords<T, V>) {
    this.words = words;
    this.tokens = tokensOf(text);
  }

  get done(): boolean {
    return this.at === this.tokens.length;
  }

  or(): Test<T, V> {
    let left = this.and();
    while (this.accept('or')) {
      const [first, second] = [left, this.and()];
      left = (item, view) => first(item, view) || second(item, view);
    }
    return left;
  }

  private and(): Test<T, V> {
    let left = this.unary();
    while (this.accept('and')) {
      const [first, second] = [left, this.unary()];
      left = (item, view) => first(item, view) && second(item, view);
    }
    return left;
  }

  private unary(): Test<T, V> {
    if (this.accept('not')) {
      const inner = this.unary();
      return (item, view) => !inner(item, view);
    }
    if (this.accept('(')) {
      const inner = this.or();
      this.expect(')');
      return inner;
    }
    return this.comparison();
  }

  private comparison(): Test<T, V> {
    const word = this.next();
    const name = word.toLowerCase();
    if (name === 'startswith' || name === 'contains') return this.textTest(name);
    if (name === 'singlevalueextendedproperties/any') return this.extended();
    if (name.endsWith('/any')) return this.any(name.slice(0, -'/any'.length));
    const compare = COMPARISONS[this.next().toLowerCase()] ?? invalid();
    const wanted = literal(this.next());
    const path = this.member(word);
    return (item, view) => {
      const order = orderOf(this.read(item, path, view), wanted);
      return order !== undefined && compare(order);
    };
  }

  private textTest(name: 'startswith' | 'contains'): Test<T, V> {
    this.expect('(');
    const path = this.member(this.next());
    this.expect(',');
    const wanted = String(literal(this.next())).toLowerCase();
    this.expect(')');
    return (item, view) => {
      const found = this.read(item, path, view);
      const value = typeof found === 'string' ? found.toLowerCase() : '';
      return name === 'contains' ? value.includes(wanted) : value.startsWith(wanted);
    };
  }

  /** `categories/any(c:c eq 'x')`, `emailAddresses/any(a:a/address eq 'x')`: equality alone, as Exchange has it. */
  private any(collection: string): Test<T, V> {
    const element = this.words.collections[collection] ?? invalid();
    this.expect('(');
    const variable = this.next();
    this.expect(':');
    const path = element === '' ? variable : `${variable}/${element}`;
    if (this.next().toLowerCase() !== path.toLowerCase() || !this.accept('eq')) invalid();
    const wanted = literal(this.next());
    this.expect(')');
    this.members.push(collection);
    return (item, view) => {
      const list = this.words.read(item, collection, view);
      const parts = element === '' ? [] : [element];
      return Array.isArray(list) && list.some((one: unknown) => orderOf(within(one, parts), wanted) === 0);
    };
  }

  private extended(): Test<T, V> {
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
    return (item) =>
      this.words
        .extended(item)
        .some((property) => property.id.toLowerCase() === id && (value === undefined || property.value === value));
  }

  private member(path: string): readonly string[] {
    const parts = path.split('/');
    if (!this.words.isMember(parts[0] ?? '')) invalid();
    this.members.push(path);
    return parts;
  }

  private read(item: T, path: readonly string[], view: V): unknown {
    return within(this.words.read(item, path[0] ?? '', view), path.slice(1));
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

function within(whole: unknown, path: readonly string[]): unknown {
  let value = whole;
  for (const part of path) {
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
