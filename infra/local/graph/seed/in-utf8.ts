import { isUtf8 } from 'node:buffer';

const HEAD_END = /\r?\n\r?\n/;
const TYPE = /^content-type:((?:[^\r\n]|\r?\n[ \t])*)/im;
const CHARSET = /charset\s*=\s*"?([\w.:-]+)/i;
/** Charsets in which no bytes over 127 stand alone: who names one and writes such bytes meant another. */
const NO_EIGHT_BIT = /^(?:utf|iso-2022)/i;

/**
 * A message whose headers are UTF-8, whatever old programs wrote there as it was: in the charset that it names for its text, else
 * Windows-1252, which takes any bytes. So is the body of a plain message that names none.
 */
export function inUtf8(message: Uint8Array): Uint8Array {
  if (isUtf8(message)) return message;
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const at = HEAD_END.exec(bytes.toString('latin1'))?.index ?? bytes.length;
  const [head, body] = [bytes.subarray(0, at), bytes.subarray(at)];
  const type = TYPE.exec(head.toString('latin1'))?.[1]?.trim() ?? '';
  const charset = CHARSET.exec(type)?.[1];
  const isPlain = charset === undefined && (type === '' || /^text\//i.test(type));
  return Buffer.concat([converted(head, charset), isPlain ? converted(body, undefined) : body]);
}

function converted(bytes: Buffer, charset: string | undefined): Buffer {
  return isUtf8(bytes) ? bytes : Buffer.from(decoderOf(charset).decode(bytes));
}

function decoderOf(charset = ''): InstanceType<typeof TextDecoder> {
  const usual = new TextDecoder('windows-1252');
  if (charset === '' || NO_EIGHT_BIT.test(charset)) return usual;
  try {
    return new TextDecoder(charset);
  } catch {
    // RangeError: a name that nobody knows.
    return usual;
  }
}
