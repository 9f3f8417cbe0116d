import { ChangeNotes } from './change-notes.ts';
import type { About, ChangeListener } from './change-notes.ts';
import type { Clock } from './clock.ts';
import { FolderTree } from './folders.ts';
import type { Folder } from './folders.ts';
import { ContactStore } from './contacts/store.ts';
import { createIdCodec } from './ids.ts';
import type { IdCodec } from './ids.ts';
import { completeMessage } from './message-defaults.ts';
import type { Effect, MailboxChange, Message, MessagePatch, NewMessage, Origin } from './model.ts';
import { Placing } from './placing.ts';
import { ReceivedIndex } from './received-index.ts';

export interface MailboxOwner {
  id: string;
  displayName: string;
  userPrincipalName: string;
  locale: string;
}

/**
 * One user's mailbox: folders, messages, the change logs that delta reads, and the write log. Every write, whether it
 * comes by Graph, by the control API or from a seed, goes through the operations here, so all readers agree.
 * Working with 200,000 messages is expected: nothing here walks over all of them but what says so.
 */
export class Mailbox {
  readonly folders: FolderTree;
  readonly ids: IdCodec;
  /** Kinds of items with folders of their own are stores of their own, on the same ids and the same write log. */
  readonly contacts: ContactStore;
  /** The write log: see `Effect`. */
  readonly notes: ChangeNotes;
  /** Delta links of an earlier generation answer 410. */
  syncGeneration = 1;
  /** Numbers of messages whose return to a folder delta never mentions (a fault). */
  readonly lostReturns = new Set<number>();
  /** All messages below msgfolderroot, newest first. */
  readonly index = new ReceivedIndex();
  readonly owner: MailboxOwner;
  private readonly clock: Clock;
  private readonly placing: Placing;
  private readonly messages = new Map<number, Message>();
  private nextNumber = 1;
  private version = 1;

  constructor(owner: MailboxOwner, clock: Clock) {
    this.owner = owner;
    this.clock = clock;
    this.notes = new ChangeNotes(clock);
    this.folders = new FolderTree(owner.locale);
    this.placing = new Placing(this.folders, this.index);
    this.ids = createIdCodec(owner.id);
    const mail = {
      root: this.folders.builtIn('msgfolderroot').num,
      deletedItems: this.folders.builtIn('deleteditems').num,
    };
    this.contacts = new ContactStore({ owner, clock, ids: this.ids, notes: this.notes, mail });
  }

  get size(): number {
    return this.messages.size;
  }

  /** All messages, also those in the recoverable items, oldest number first. */
  all(): IterableIterator<Message> {
    return this.messages.values();
  }

  get(num: number): Message | undefined {
    return this.messages.get(num);
  }

  /** By an id of either kind. A default id of a place that the message has left finds nothing. */
  message(id: string): Message | 'malformed' | 'foreign' | undefined {
    const decoded = this.ids.decode(id);
    if (typeof decoded === 'string') return decoded;
    if (decoded.kind === 'immutable') return this.messages.get(decoded.num);
    if (decoded.kind === 'folder') return undefined;
    const num = this.folders.get(decoded.folder)?.slots[decoded.slot];
    return num === undefined ? undefined : this.messages.get(num);
  }

  /** By id or well-known name. */
  folder(idOrName: string): Folder | 'malformed' | 'foreign' | undefined {
    const named = this.folders.wellKnown(idOrName);
    if (named !== undefined) return named;
    const decoded = this.ids.decode(idOrName);
    if (typeof decoded === 'string') return decoded;
    return decoded.kind === 'folder' ? this.folders.get(decoded.folder) : undefined;
  }

  idOf(message: Message, kind: 'default' | 'immutable'): string {
    return kind === 'immutable'
      ? this.ids.immutable(message.num)
      : this.ids.message(message.stay.folder, message.stay.slot);
  }

  changeKeyOf(message: Message): string {
    return this.ids.changeKey(message.version);
  }

  folderOf(message: Message): Folder {
    const folder = this.folders.get(message.stay.folder);
    if (folder === undefined) throw new Error('a message stands in no folder');
    return folder;
  }

  onChange(listener: ChangeListener): () => void {
    return this.notes.onChange(listener);
  }

  /** Puts a new message into the folder. What `input` leaves out gets what Exchange would give it. */
  create(folder: Folder, input: NewMessage, origin: Origin): Message {
    const num = this.nextNumber;
    this.nextNumber += 1;
    const now = this.clock.ms();
    const stay = { folder: folder.num, slot: 0, arrivedAt: -1, leftAt: -1 };
    const fields = completeMessage(input, { num, now, ids: this.ids });
    const message: Message = { ...fields, num, stay, version: 0, createdMs: now, modifiedMs: now, left: undefined };
    this.messages.set(num, message);
    this.stamp(message);
    this.placing.arrive(message, folder);
    this.note('create', message, { origin, fields: Object.keys(input) });
    this.tell('created', message, { origin, fields: [] });
    return message;
  }

  /** Saves the named members. A save makes a new changeKey, even if nothing is different. */
  update(message: Message, patch: MessagePatch, origin: Origin): void {
    const folder = this.folderOf(message);
    const fields = wireNames(patch);
    const moved = patch.receivedMs !== undefined && patch.receivedMs !== message.receivedMs;
    const unread = Number(!message.isRead);
    if (moved) this.placing.unindex(message, folder);
    Object.assign(message, patch);
    if (moved) this.placing.reindex(message, folder);
    this.stamp(message);
    if (folder.watched) folder.log.push({ num: message.num, slot: message.stay.slot, kind: 'update', fields });
    if (Number(!message.isRead) !== unread) {
      folder.unread += Number(!message.isRead) - unread;
      this.folders.touch(folder, ['unreadItemCount']);
    }
    this.note('update', message, { origin, fields });
    this.tell('updated', message, { origin, fields });
  }

  /** Moves to another folder: a new place, so a new default id. Into the same folder it does the same. */
  move(message: Message, target: Folder, origin: Origin, kind: 'move' | 'delete' = 'move'): void {
    this.tell('deleted', message, { origin, fields: ['parentFolderId'], moved: true });
    this.placing.depart(message, this.folderOf(message));
    this.stamp(message);
    this.placing.arrive(message, target);
    this.note(kind, message, { origin, fields: ['parentFolderId'] });
    this.tell('created', message, { origin, fields: ['parentFolderId'], moved: true });
  }

  copy(message: Message, target: Folder, origin: Origin): Message {
    // What belongs to the original alone (number, place, version) is overridden by create.
    return this.create(target, { ...message, categories: [...message.categories] }, origin);
  }

  /** DELETE as Exchange has it: to Deleted Items; from there to the recoverable items; from there (or `permanent`) away. */
  delete(message: Message, origin: Origin, permanent = false): void {
    const folder = this.folderOf(message);
    const recoverable = this.folders.builtIn('recoverableitemsdeletions');
    const deleted = this.folders.builtIn('deleteditems');
    if (!permanent && folder.ipm) {
      const inside = this.folders.subtree(deleted.num).includes(folder);
      this.move(message, inside ? recoverable : deleted, origin, 'delete');
      return;
    }
    this.tell('deleted', message, { origin, fields: [] });
    this.note('delete', message, { origin, fields: [] });
    this.placing.depart(message, this.folderOf(message));
    this.messages.delete(message.num);
  }

  /** To Deleted Items; from there (or `permanent`) away for good, with all that is in it. */
  deleteFolder(folder: Folder, origin: Origin, permanent = false): void {
    const deleted = this.folders.builtIn('deleteditems');
    const about = { origin, fields: ['parentFolderId'] };
    if (permanent || this.folders.subtree(deleted.num).includes(folder)) {
      this.purgeFolder(folder, origin);
      return;
    }
    for (let copy = 1; this.folders.childNamed(deleted.num, folder.displayName) !== undefined; copy += 1) {
      this.folders.rename(folder, `${folder.displayName} (${copy})`);
    }
    this.folders.move(folder, deleted);
    this.noteFolder('delete', folder, about);
  }

  noteFolder(kind: Effect['kind'], folder: Folder, about: About): void {
    this.notes.record(kind, () => this.ids.folder(folder.num), about);
  }

  private purgeFolder(folder: Folder, origin: Origin): void {
    for (const child of this.folders.children(folder.num)) this.purgeFolder(child, origin);
    for (const message of [...folder.index.items()]) this.delete(message, origin, true);
    this.folders.remove(folder);
    this.noteFolder('delete', folder, { origin, fields: [] });
  }

  private stamp(message: Message): void {
    this.version += 1;
    message.version = this.version;
    message.modifiedMs = this.clock.ms();
  }

  private note(kind: Effect['kind'], message: Message, about: About): void {
    this.notes.record(kind, () => this.ids.immutable(message.num), about);
  }

  private tell(kind: MailboxChange['kind'], message: Message, about: About): void {
    this.notes.tell(() => this.change(kind, message, about), about);
  }

  private change(kind: MailboxChange['kind'], message: Message, about: About): MailboxChange {
    const folder = this.folderOf(message);
    const folderId = this.ids.folder(folder.num);
    return {
      kind,
      resource: 'messages',
      userId: this.owner.id,
      id: this.idOf(message, 'default'),
      immutableId: this.ids.immutable(message.num),
      changeKey: this.changeKeyOf(message),
      folderId,
      folderNames: folder.wellKnown === undefined ? [folderId] : [folderId, folder.wellKnown],
      moved: about.moved ?? false,
      fields: about.fields,
    };
  }
}

const WIRE_NAMES: Readonly<Record<string, string>> = {
  receivedMs: 'receivedDateTime',
  sentMs: 'sentDateTime',
  extended: 'singleValueExtendedProperties',
};

function wireNames(patch: MessagePatch): string[] {
  return Object.keys(patch).map((key) => WIRE_NAMES[key] ?? key);
}
