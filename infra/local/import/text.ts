/** Bytes as a string of one character a byte, so that lines can be taken apart before anybody knows their charset. */
export type ByteString = string;

/** A file as lines of bytes: UTF-16 by its mark, all else as it is, without a mark. */
export function byteLines(content: Uint8Array): ByteString[] {
  const utf16 = content[0] === 0xff && content[1] === 0xfe ? 'utf-16le' : 'utf-16be';
  const marked = utf16 === 'utf-16le' || (content[0] === 0xfe && content[1] === 0xff);
  const bytes = marked ? Buffer.from(new TextDecoder(utf16).decode(content)) : Buffer.from(content);
  return bytes
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .split(/\r\n|\r|\n/);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const windows = new TextDecoder('windows-1252');

/** The text of bytes: in the charset named, else UTF-8 if they are that, else Windows-1252, which takes any. */
export function textOf(bytes: ByteString, charset: string | undefined): string {
  const buffer = Buffer.from(bytes, 'latin1');
  const named = charset === undefined ? undefined : decoderOf(charset);
  if (named !== undefined) return named.decode(buffer);
  try {
    return utf8.decode(buffer);
  } catch {
    // A fatal decoder throws nothing but TypeError, for bytes that are no UTF-8.
    return windows.decode(buffer);
  }
}

function decoderOf(charset: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(charset);
  } catch {
    // RangeError: a name that nobody knows. Then it is as if there were none.
    return undefined;
  }
}

/** What quoted-printable stands for, byte by byte. */
export function fromQuotedPrintable(text: ByteString): ByteString {
  return text
    .replaceAll(/=(?:\r\n|\n|$)/g, '')
    .replaceAll(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
