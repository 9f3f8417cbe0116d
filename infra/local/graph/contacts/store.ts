import type { About, ChangeNotes } from '../change-notes.ts';
import type { Clock } from '../clock.ts';
import type { IdCodec, IdKind } from '../ids.ts';
import type { Effect, LogEntry, MailboxChange, Origin } from '../model.ts';
import { numberRanges } from '../number-ranges.ts';
import { ContactFolders } from './folders.ts';
import type { ContactFolder } from './folders.ts';
import { emptyContact } from './model.ts';
import type { Contact, ContactPatch } from './model.ts';
import { namesFor, writesName } from './names.ts';

/** What the store shares with the mailbox that it is a part of. */
export interface ContactParts {
  owner: { id: string; locale: string };
  clock: Clock;
  ids: IdCodec;
  notes: ChangeNotes;
  /** Numbers of the mail folders that contact folders hang on. */
  mail: { root: number; deletedItems: number };
}

/**
 * The contacts of one mailbox: folders, contacts, and the logs that delta reads. Every write goes through the operations
 * here, whether it comes by Graph, by control or from a seed.
 */
export class ContactStore {
  readonly folders: ContactFolders;
  private readonly parts: ContactParts;
  private readonly contacts = new Map<number, Contact>();
  private nextNumber = numberRanges.contacts + 1;
  private version = numberRanges.contacts;

  constructor(parts: ContactParts) {
    this.parts = parts;
    this.folders = new ContactFolders(parts.owner.locale, parts.mail);
  }

  /** All contacts, those in Deleted Items too, oldest first. */
  all(): Contact[] {
    return [...this.contacts.values()];
  }

  get(num: number): Contact | undefined {
    return this.contacts.get(num);
  }

  /** The contacts of one folder, oldest first. */
  in(folder: ContactFolder): Contact[] {
    const found = [...folder.slots.values()].flatMap((num) => this.contacts.get(num) ?? []);
    return found.sort((left, right) => left.num - right.num);
  }

  /** By an id of either kind. A default id of a place that the contact has left finds nothing. */
  find(id: string): Contact | 'malformed' | 'foreign' | undefined {
    const decoded = this.parts.ids.decode(id);
    if (typeof decoded === 'string') return decoded;
    if (decoded.kind === 'immutable') return this.contacts.get(decoded.num);
    if (decoded.kind === 'folder') return undefined;
    const num = this.folders.get(decoded.folder)?.slots.get(decoded.slot);
    return num === undefined ? undefined : this.contacts.get(num);
  }

  /** By id alone: no name stands for a contact folder in Graph. Deleted Items is none. */
  folder(id: string): ContactFolder | 'malformed' | 'foreign' | undefined {
    const decoded = this.parts.ids.decode(id);
    if (typeof decoded === 'string') return decoded;
    const found = decoded.kind === 'folder' ? this.folders.get(decoded.folder) : undefined;
    return found === this.folders.deleted ? undefined : found;
  }

  idOf(contact: Contact, kind: IdKind): string {
    const { ids } = this.parts;
    return kind === 'immutable' ? ids.immutable(contact.num) : ids.message(contact.stay.folder, contact.stay.slot);
  }

  folderId(num: number): string {
    return this.parts.ids.folder(num);
  }

  changeKeyOf(contact: Contact): string {
    return this.parts.ids.changeKey(contact.version);
  }

  folderOf(contact: Contact): ContactFolder {
    const folder = this.folders.get(contact.stay.folder);
    if (folder === undefined) throw new Error('a contact stands in no folder');
    return folder;
  }

  isDeleted(contact: Contact): boolean {
    return this.folders.isDeleted(this.folderOf(contact));
  }

  create(folder: ContactFolder, input: ContactPatch, origin: Origin): Contact {
    const now = this.parts.clock.ms();
    const empty = emptyContact();
    const fields = { ...empty, ...input, ...namesFor(empty, input) };
    const stay = { folder: folder.num, slot: 0 };
    const contact: Contact = { num: this.nextNumber, fields, stay, version: 0, createdMs: now, modifiedMs: now };
    this.nextNumber += 1;
    this.contacts.set(contact.num, contact);
    this.stamp(contact);
    this.arrive(contact, folder);
    this.note('create', contact, { origin, fields: wireNames(input) });
    this.tell('created', contact, { origin, fields: [] });
    return contact;
  }

  /** Saves the members. A save makes a new changeKey, even if nothing is different. */
  update(contact: Contact, patch: ContactPatch, about: { origin: Origin; recomputeNames: boolean }): void {
    const renamed = about.recomputeNames && writesName(patch);
    const whole = renamed ? { ...patch, ...namesFor(contact.fields, patch) } : patch;
    const fields = wireNames(whole);
    contact.fields = { ...contact.fields, ...whole };
    this.stamp(contact);
    this.log(contact, 'update', fields);
    this.note('update', contact, { origin: about.origin, fields });
    this.tell('updated', contact, { origin: about.origin, fields });
  }

  /** Into another folder: a new default id, and in delta gone from the one and new in the other. */
  move(contact: Contact, target: ContactFolder, origin: Origin): void {
    this.note('move', contact, { origin, fields: ['parentFolderId'] });
    const about = { origin, fields: ['parentFolderId'], moved: true };
    this.tell('deleted', contact, about);
    this.depart(contact);
    this.stamp(contact);
    this.arrive(contact, target);
    this.tell('created', contact, about);
  }

  /** To Deleted Items; from there, or `permanent`, away. */
  delete(contact: Contact, origin: Origin, permanent = false): void {
    this.note('delete', contact, { origin, fields: [] });
    const inDeleted = this.isDeleted(contact);
    if (!inDeleted) this.tell('deleted', contact, { origin, fields: [] });
    this.depart(contact);
    if (permanent || inDeleted) {
      this.contacts.delete(contact.num);
      return;
    }
    this.stamp(contact);
    this.arrive(contact, this.folders.deleted);
  }

  noteFolder(kind: Effect['kind'], folder: ContactFolder, about: About): void {
    this.parts.notes.record(kind, () => this.folderId(folder.num), about);
  }

  /** To Deleted Items with all that is in it, of which nothing is told; from there, or `permanent`, away. */
  deleteFolder(folder: ContactFolder, origin: Origin, permanent = false): void {
    this.noteFolder('delete', folder, { origin, fields: [] });
    if (!permanent && !this.folders.isDeleted(folder)) {
      this.folders.move(folder, this.folders.deleted);
      return;
    }
    for (const each of this.folders.subtree(folder).reverse()) {
      for (const contact of this.in(each)) this.delete(contact, origin, true);
      this.folders.remove(each);
    }
  }

  private arrive(contact: Contact, folder: ContactFolder): void {
    contact.stay = { folder: folder.num, slot: folder.nextSlot };
    folder.nextSlot += 1;
    folder.slots.set(contact.stay.slot, contact.num);
    this.log(contact, 'add', []);
  }

  private depart(contact: Contact): void {
    this.folderOf(contact).slots.delete(contact.stay.slot);
    this.log(contact, 'remove', []);
  }

  private log(contact: Contact, kind: LogEntry['kind'], fields: readonly string[]): void {
    this.folderOf(contact).log.push({ num: contact.num, slot: contact.stay.slot, kind, fields });
  }

  private stamp(contact: Contact): void {
    this.version += 1;
    contact.version = this.version;
    contact.modifiedMs = this.parts.clock.ms();
  }

  private note(kind: Effect['kind'], contact: Contact, about: About): void {
    this.parts.notes.record(kind, () => this.idOf(contact, 'immutable'), about);
  }

  private tell(kind: MailboxChange['kind'], contact: Contact, about: About): void {
    this.parts.notes.tell(() => this.change(kind, contact, about), about);
  }

  private change(kind: MailboxChange['kind'], contact: Contact, about: About): MailboxChange {
    const folder = this.folderOf(contact);
    const folderId = this.folderId(folder.num);
    return {
      kind,
      resource: 'contacts',
      userId: this.parts.owner.id,
      id: this.idOf(contact, 'default'),
      immutableId: this.idOf(contact, 'immutable'),
      changeKey: this.changeKeyOf(contact),
      folderId,
      folderNames: folder.wellKnown === undefined ? [folderId] : [folderId, folder.wellKnown],
      moved: about.moved ?? false,
      fields: about.fields,
    };
  }
}

function wireNames(patch: ContactPatch): string[] {
  return Object.keys(patch).map((key) => (key === 'extended' ? 'singleValueExtendedProperties' : key));
}
