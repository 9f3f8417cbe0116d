import { hash } from '../lib/hash.ts';

/**
 * Keys of Table Storage. Parts are separated by `|`. What may not stand in a key, or could be mistaken for a separator,
 * is escaped byte by byte (UTF-8) as a mark and two hex digits. There is a mark for each gap in the alphabet, so that
 * escaped parts sort as their texts do (by code point): `$` below `-`, `.` between `-` and `0`, `;` between `:` and `A`,
 * `[` between `Z` and `_`, `` ` `` between `_` and `a`, `~` above `z`.
 * Braces never appear: the SDK takes a pair of them in the answer of a transaction for an error.
 */
const PLAIN = /^[-0-9:A-Z_a-z]*$/;
const UNSAFE = /[^-0-9:A-Z_a-z]/gu;
const ESCAPED = /(?:[$.;[`~][0-9a-f]{2})+/g;

/** Encoded parts longer than this are cut and given a hash of the whole; three of them still fit 500 characters. */
const LONGEST = 160;
const KEPT = 110;
const HASHED = 43;
/** Never the outcome of an escape: `~` is always followed by hex. */
const CUT = '~~';
/** Ends a part that is sorted by: below every mark and letter, so that a prefix sorts first. */
const END = '!';

function mark(byte: number): string {
  if (byte < 0x2d) return '$';
  if (byte < 0x30) return '.';
  if (byte < 0x41) return ';';
  if (byte < 0x5f) return '[';
  return byte < 0x61 ? '`' : '~';
}

function escapeByte(byte: number): string {
  return mark(byte) + byte.toString(16).padStart(2, '0');
}

/** UTF-8 of one code point; a lone surrogate becomes its three bytes, so that no two texts meet in one key. */
function bytesOf(character: string): readonly number[] {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return [code];
  if (code >= 0xd800 && code <= 0xdfff) return [0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)];
  return [...Buffer.from(character)];
}

function escaped(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replaceAll(UNSAFE, (character) => bytesOf(character).map(escapeByte).join(''));
}

/** One part of a key. Different texts give different parts; long ones are cut and hashed. */
export function keyPart(text: string): string {
  const code = escaped(text);
  // The hash is of the escaped text: lone surrogates, which UTF-8 does not know, are told apart in it.
  return code.length <= LONGEST ? code : `${code.slice(0, KEPT)}${CUT}${hash([code], HASHED)}`;
}

/** The key of several parts, at most 500 characters for up to three parts. */
export const key = (...parts: readonly string[]): string => parts.map(keyPart).join('|');

/** A part that is sorted by, and ended so that `ann` stands before `anna`. */
export const orderedPart = (text: string): string => keyPart(text) + END;

/** The lowest key that such a part can begin; for ranges. */
export const orderedBound = (text: string): string => {
  const code = escaped(text);
  return code.length <= LONGEST ? code : code.slice(0, KEPT);
};

/** The text of a part, or null where it was cut (then the row keeps it whole in a column). */
export function partText(part: string): string | null {
  const code = part.endsWith(END) ? part.slice(0, -1) : part;
  if (code.includes(CUT)) return null;
  return code.replaceAll(ESCAPED, (run) => wtf8(run.match(/[0-9a-f]{2}/g) ?? []));
}

function wtf8(pairs: readonly string[]): string {
  const bytes = Buffer.from(pairs.join(''), 'hex');
  const text = bytes.toString();
  if (!text.includes('\ufffd')) return text;
  // A replacement character that was really there, or lone surrogates, which the decoder does not know.
  const parts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0;
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const unit = bytes.subarray(at, at + length);
    const surrogate = first === 0xed && (unit[1] ?? 0) >= 0xa0;
    const code = 0xd000 | (((unit[1] ?? 0) & 0x3f) << 6) | ((unit[2] ?? 0) & 0x3f);
    parts.push(surrogate ? String.fromCharCode(code) : unit.toString());
    at += length;
  }
  return parts.join('');
}

/** The half-open range of all keys that begin with these parts and a separator. */
export function below(...parts: readonly string[]): { readonly from: string; readonly to: string } {
  const prefix = key(...parts);
  // `}` follows `|`; it stands in filters only, never in a key.
  return { from: `${prefix}|`, to: `${prefix}}` };
}

/** The half-open range of all keys that begin with this text. No key goes on with the mark twice there. */
export const startingWith = (prefix: string): { readonly from: string; readonly to: string } => ({
  from: prefix,
  to: `${prefix}${CUT}`,
});
