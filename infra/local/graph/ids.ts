import { createHash } from 'node:crypto';

/**
 * Item ids that look and behave like Exchange's: long, URL-safe base64 that keeps its `=`, case-sensitive (neighbours
 * may differ in nothing but case). A default id names the folder and the place in it, so it changes with every move;
 * an immutable id names the item. Nothing is stored: an id is worked out from numbers and read back into them.
 */
export type IdKind = 'default' | 'immutable';

export type DecodedId =
  | { kind: 'default'; folder: number; slot: number }
  | { kind: 'immutable'; num: number }
  | { kind: 'folder'; folder: number };

export interface IdCodec {
  message(folder: number, slot: number): string;
  immutable(num: number): string;
  folder(folder: number): string;
  changeKey(version: number): string;
  conversation(thread: string): string;
  /** `malformed`: no id at all; `foreign`: well formed, but of another mailbox. */
  decode(text: string): DecodedId | 'malformed' | 'foreign';
}

const ENTRY = Buffer.from([0x00, 0x03, 0x24, 0x00]);
const ENTRY_FLAGS = Buffer.from([0x00, 0x46, 0, 0, 0, 0, 0]);
const ITEM = Buffer.from([0, 0, 0, 0, 0x01, 0x0c, 0, 0]);
const IMMUTABLE = Buffer.from('AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A', 'base64url');
const THREAD = Buffer.from([0x00, 0x04, 0x24, 0x00]);
const CHANGE = Buffer.from([0x09, 0, 0, 0, 0x16, 0, 0, 0]);
const FOLDER_LENGTH = 89;
const MESSAGE_LENGTH = 119;
const IMMUTABLE_LENGTH = 50;

function urlSafe(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function counter(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
}

/** Base64 of bytes that follow on a multiple of three. */
function tail(value: number, lead: Buffer, pad: number): string {
  const bytes = Buffer.alloc(lead.length + 6 + pad);
  lead.copy(bytes);
  bytes.writeUIntBE(value, lead.length, 6);
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

const NO_LEAD = Buffer.alloc(0);

/** The codec of one mailbox. Heads are encoded once, for a page has hundreds of ids. */
export function createIdCodec(mailboxGuid: string): IdCodec {
  const digest = createHash('sha256').update(mailboxGuid).digest();
  const store = digest.subarray(0, 16);
  const replica = digest.subarray(16, 32);
  const guid = Buffer.from(mailboxGuid, 'ascii');
  const head = Buffer.concat([ENTRY, guid, ENTRY_FLAGS, store, Buffer.from([7, 0]), replica]);
  const immutableHead = Buffer.concat([IMMUTABLE, replica]);
  const whole = immutableHead.length - (immutableHead.length % 3);
  const immutableText = urlSafe(immutableHead.subarray(0, whole));
  const immutableLead = immutableHead.subarray(whole);
  const folderText = urlSafe(head);
  const inFolder = new Map<number, string>();
  const headOf = (folder: number): string => {
    const known = inFolder.get(folder);
    if (known !== undefined) return known;
    const made = urlSafe(Buffer.concat([head, counter(folder), ITEM, replica]));
    inFolder.set(folder, made);
    return made;
  };
  const changeHead = Buffer.concat([CHANGE, replica]);
  const codec: IdCodec = {
    message: (folder, slot) => headOf(folder) + tail(slot, NO_LEAD, 2),
    immutable: (num) => immutableText + tail(num, immutableLead, 1),
    folder: (folder) => folderText + tail(folder, NO_LEAD, 2),
    changeKey: (version) => Buffer.concat([changeHead, counter(version)]).toString('base64'),
    conversation: (thread) => {
      const key = createHash('sha256').update(`${mailboxGuid}/${thread}`).digest().subarray(0, 16);
      return urlSafe(Buffer.concat([THREAD, guid, Buffer.from([0, 0x10, 0]), key]));
    },
    decode: (text) => decode(codec, text, { head, immutableHead }),
  };
  return codec;
}

function decode(
  codec: IdCodec,
  text: string,
  own: { head: Buffer; immutableHead: Buffer },
): DecodedId | 'malformed' | 'foreign' {
  const bytes = Buffer.from(text, 'base64url');
  if (urlSafe(bytes) !== text) return 'malformed';
  if (bytes.length === IMMUTABLE_LENGTH && bytes.subarray(0, IMMUTABLE.length).equals(IMMUTABLE)) {
    const at = own.immutableHead.length;
    if (!bytes.subarray(0, at).equals(own.immutableHead)) return 'foreign';
    const num = bytes.readUIntBE(at, 6);
    return codec.immutable(num) === text ? { kind: 'immutable', num } : 'malformed';
  }
  const known = bytes.length === FOLDER_LENGTH || bytes.length === MESSAGE_LENGTH;
  if (!known || !bytes.subarray(0, ENTRY.length).equals(ENTRY)) return 'malformed';
  if (!bytes.subarray(0, own.head.length).equals(own.head)) return 'foreign';
  const folder = bytes.readUIntBE(own.head.length, 6);
  if (bytes.length === FOLDER_LENGTH) return codec.folder(folder) === text ? { kind: 'folder', folder } : 'malformed';
  const slot = bytes.readUIntBE(MESSAGE_LENGTH - 8, 6);
  return codec.message(folder, slot) === text ? { kind: 'default', folder, slot } : 'malformed';
}
