import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { TooLargeError } from '../errors.ts';

/** The own columns of a row, as the table client takes them. */
export type Columns = Readonly<Record<string, ColumnValue>>;
export type ColumnValue =
  string | number | boolean | Buffer | { readonly type: 'Int64' | 'Double'; readonly value: string };

/** Azure refuses more; Azurite does not. */
const MOST_COLUMNS = 252;
const MOST_ENTITY_BYTES = 960 * 1024;
/** Azurite counts an entity as JSON, base64 and all, and takes 1 MiB: what fits must fit both. Keys come on top. */
const MOST_JSON_BYTES = 1024 * 1024 - 4096;
const MOST_TEXT = 32_768;
/** Under the 64 KiB of a binary column. */
const PIECE = 65_000;
/** Shorter texts are kept as they are: compressing them costs more time than it saves bytes. */
const PLAIN_TEXT = 2048;
/** A small window: rows are short, and its memory is what costs the time. */
const DEFLATE = { level: 1, memLevel: 5, windowBits: 13 } as const;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;

/** JSON without the line separators that it allows and that parsers of transactions (Azurite's) take for line ends. */
const jsonText = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[\u2028\u2029]/g, (separator) => (separator === '\u2028' ? '\\u2028' : '\\u2029'));

/** A JSON value as columns: `json` where it is short, else deflated into `data0`, `data1` ... */
export function pack(value: unknown): Record<string, ColumnValue> {
  const text = jsonText(value);
  if (text.length <= PLAIN_TEXT) return { json: text };
  const bytes = deflateRawSync(text, DEFLATE);
  if (bytes.length > MOST_ENTITY_BYTES) throw new TooLargeError(`A row of ${bytes.length} bytes does not fit`);
  const columns: Record<string, ColumnValue> = {};
  for (let at = 0, index = 0; at < bytes.length; at += PIECE, index++) {
    columns[`data${index}`] = bytes.subarray(at, at + PIECE);
  }
  return columns;
}

/** What `pack` was given, as JSON keeps it; undefined where the columns hold nothing of the kind. */
export function unpack(columns: Readonly<Record<string, unknown>>): unknown {
  const text = columns['json'];
  if (typeof text === 'string') return JSON.parse(text);
  const pieces: Uint8Array[] = [];
  for (let index = 0; ; index++) {
    const piece = columns[`data${index}`];
    if (!(piece instanceof Uint8Array)) break;
    pieces.push(piece);
  }
  if (pieces[0] === undefined) return undefined;
  return JSON.parse(inflateRawSync(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)).toString());
}

/** A number as a column that keeps it: Azure takes a bare number for 32 bits. */
export function numberColumn(value: number): ColumnValue {
  if (Number.isInteger(value) && Math.abs(value) <= 0x7fffffff) return value;
  return Number.isSafeInteger(value)
    ? { type: 'Int64', value: String(value) }
    : { type: 'Double', value: String(value) };
}

/** A text as a column that can be filtered by: lone surrogates, which no address can hold, are replaced. */
export const textColumn = (text: string): string => text.toWellFormed();

/** A value as it is written in a filter. */
export function literal(value: string | number | boolean): string {
  if (typeof value === 'string') return `'${textColumn(value).replaceAll("'", "''")}'`;
  if (typeof value === 'boolean') return String(value);
  const column = numberColumn(value);
  if (typeof column === 'number') return String(column);
  return Number.isSafeInteger(value) ? `${value}L` : String(value);
}

/** Bytes of a value in the table (not on the wire). */
function storedBytes(value: ColumnValue): number {
  if (typeof value === 'string') return value.length * 2 + 4;
  if (value instanceof Buffer) return value.length + 4;
  return 8;
}

/** Holds a row to what Azure takes (Azurite takes more). Throws TooLargeError. */
export function checkColumns(columns: Columns): void {
  const entries = Object.entries(columns);
  if (entries.length > MOST_COLUMNS) throw new TooLargeError(`A row of ${entries.length} columns does not fit`);
  // Both keys at their longest, two bytes a character.
  let stored = 2000;
  for (const [name, value] of entries) {
    if (!NAME.test(name)) throw new TooLargeError(`A column may not be named ${JSON.stringify(name).slice(0, 80)}`);
    if (typeof value === 'string' && value.length > MOST_TEXT) throw new TooLargeError(`Column ${name} is too long`);
    stored += 8 + name.length * 2 + storedBytes(value);
  }
  if (stored > MOST_ENTITY_BYTES) throw new TooLargeError(`A row of ${stored} bytes does not fit`);
}

/** Columns as the members of a JSON object, without its braces, as the table client writes them. Throws TooLargeError. */
export function serialize(columns: Columns): string {
  checkColumns(columns);
  const members = Object.entries(columns).map(([name, value]) => {
    if (typeof value !== 'object') return `"${name}":${jsonText(value)}`;
    if ('type' in value) return `"${name}":"${value.value}","${name}@odata.type":"Edm.${value.type}"`;
    return `"${name}":"${value.toString('base64')}","${name}@odata.type":"Edm.Binary"`;
  });
  const text = members.join(',');
  if (Buffer.byteLength(text) > MOST_JSON_BYTES)
    throw new TooLargeError(`A row of ${text.length} characters does not fit`);
  return text;
}
