import { fromQuotedPrintable, textOf } from '../text.ts';
import type { ByteString } from '../text.ts';

/**
 * A card in the form that the parser reads, whatever it was written in: text instead of bytes, every parameter with a name,
 * no quoted-printable, and 2.1's commas (which part nothing there) escaped. Throws where a card has no version.
 */
export function plainCard(lines: readonly ByteString[]): string {
  const versions = lines.flatMap((line) => /^VERSION[^:]*:[ \t]*([\d.]+)/i.exec(line)?.[1] ?? []);
  const version = versions[0];
  if (version === undefined) throw new Error('It does not say its version.');
  if (!['2.1', '3.0', '4.0'].includes(version)) throw new Error(`Nobody reads version ${version}.`);
  const rest = lines.filter((line) => !/^VERSION[;:]/i.test(line)).map((line) => plainLine(line, version === '2.1'));
  return ['BEGIN:VCARD', `VERSION:${version === '4.0' ? '4.0' : '3.0'}`, ...rest, 'END:VCARD', ''].join('\r\n');
}

interface Head {
  name: string;
  params: string[];
  encoding: string;
  charset: string | undefined;
}

function plainLine(line: ByteString, old: boolean): string {
  const at = outside(line, ':')[0];
  // What begins or ends here is of another kind: cards are taken apart by now.
  if (at === undefined || /^(?:BEGIN|END)[ \t]*:/i.test(line))
    throw new Error(`A line is none of a card: ${textOf(line, undefined).slice(0, 60)}`);
  const head = headOf(line.slice(0, at));
  const value = valueOf(line.slice(at + 1), head, old);
  // Birthdays come in more forms than dates do: they are read as text.
  const params = /(^|\.)BDAY$/i.test(head.name) ? ['VALUE=TEXT'] : head.params;
  if (head.encoding === 'B' || head.encoding === 'BASE64') params.push('ENCODING=b');
  return `${[head.name, ...params].join(';')}:${value}`;
}

const ENCODINGS = /^(?:QUOTED-PRINTABLE|BASE64|B|8BIT|7BIT)$/i;

function headOf(bytes: ByteString): Head {
  const cuts = [...outside(bytes, ';'), bytes.length];
  const [name = '', ...parts] = cuts.map((cut, index) =>
    bytes.slice(index === 0 ? 0 : (cuts[index - 1] ?? 0) + 1, cut),
  );
  const head: Head = { name: name.trim(), params: [], encoding: '', charset: undefined };
  for (const part of parts) {
    const [key = '', ...rest] = part.split('=');
    const value = rest.join('=').trim();
    if (part.trim() === '') continue;
    if (/^ENCODING$/i.test(key.trim())) head.encoding = value.toUpperCase();
    else if (/^CHARSET$/i.test(key.trim())) head.charset = value.replaceAll('"', '');
    else if (rest.length > 0) head.params.push(textOf(part.trim(), undefined));
    else if (ENCODINGS.test(part.trim())) head.encoding = part.trim().toUpperCase();
    else head.params.push(`TYPE=${part.trim()}`);
  }
  return head;
}

function valueOf(bytes: ByteString, { name, encoding, charset }: Head, old: boolean): string {
  if (encoding === 'B' || encoding === 'BASE64') return bytes.replaceAll(/\s/g, '');
  const quoted = encoding === 'QUOTED-PRINTABLE';
  // A semicolon that was encoded is meant as one, and parts nothing.
  const raw = quoted ? fromQuotedPrintable(bytes.replaceAll(/(?:=5C)?=3B/gi, '\\;')) : bytes;
  const text = textOf(raw, charset).replaceAll(/\r\n|\r|\n/g, '\\n');
  const commas = old && !/(^|\.)CATEGORIES$/i.test(name);
  return commas ? text.replaceAll(/(?<!\\),/g, '\\,') : text;
}

/** Places of a character that do not stand in quotes. */
function outside(text: string, wanted: string): number[] {
  const places: number[] = [];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') quoted = !quoted;
    else if (text[at] === wanted && !quoted) places.push(at);
  }
  return places;
}
