import type { FolderLogEntry } from '../folders.ts';
import type { LogEntry } from '../model.ts';
import { numberRanges } from '../number-ranges.ts';

/** A contact folder as the store keeps it. */
export interface ContactFolder {
  readonly num: number;
  /** Of another contact folder, or of the mail folder above it. */
  parent: number;
  displayName: string;
  /** `contacts`: the one that every mailbox has, which lists and delta do not name. */
  readonly wellKnown: 'contacts' | 'deleteditems' | undefined;
  /** slot -> contact number. */
  readonly slots: Map<number, number>;
  nextSlot: number;
  /** What delta over the folder's contacts reads. */
  readonly log: LogEntry[];
}

const DEFAULT_NAMES: Readonly<Record<string, string>> = {
  en: 'Contacts',
  de: 'Kontakte',
  fr: 'Contacts',
  pl: 'Kontakty',
  ja: '連絡先',
};

/**
 * The contact folders of one mailbox. Those that people make stand below the default one, which is why their
 * `parentFolderId` names it (seen live). Deleted Items is here as a place: contacts and folders lie in it when deleted.
 */
export class ContactFolders {
  readonly log: FolderLogEntry[] = [];
  readonly main: ContactFolder;
  readonly deleted: ContactFolder;
  private readonly byNumber = new Map<number, ContactFolder>();
  private nextNumber = numberRanges.contacts + 1;

  /** `root` and `deletedItems`: numbers of these mail folders. */
  constructor(locale: string, mail: { root: number; deletedItems: number }) {
    const language = locale.slice(0, 2).toLowerCase();
    const displayName = DEFAULT_NAMES[language] ?? 'Contacts';
    this.main = this.make(this.number(), { parent: mail.root, displayName, wellKnown: 'contacts' });
    const place = { parent: mail.root, displayName: 'Deleted Items', wellKnown: 'deleteditems' } as const;
    this.deleted = this.make(mail.deletedItems, place);
  }

  get(num: number): ContactFolder | undefined {
    return this.byNumber.get(num);
  }

  /** Contact folders proper: the default one first. */
  all(): ContactFolder[] {
    return [...this.byNumber.values()].filter((folder) => folder !== this.deleted);
  }

  children(num: number): ContactFolder[] {
    return this.all().filter((folder) => folder.parent === num);
  }

  /** The folder and all below it, parents first. */
  subtree(folder: ContactFolder): ContactFolder[] {
    return [folder, ...this.children(folder.num).flatMap((child) => this.subtree(child))];
  }

  /** Whether it lies in Deleted Items, at any depth. */
  isDeleted(folder: ContactFolder): boolean {
    if (folder === this.deleted) return true;
    const above = this.byNumber.get(folder.parent);
    return above !== undefined && this.isDeleted(above);
  }

  childNamed(parent: number, displayName: string): ContactFolder | undefined {
    const wanted = displayName.toLowerCase();
    return this.children(parent).find((child) => child.displayName.toLowerCase() === wanted);
  }

  add(parent: ContactFolder, displayName: string): ContactFolder {
    const folder = this.make(this.number(), { parent: parent.num, displayName, wellKnown: undefined });
    this.log.push({ num: folder.num, kind: 'add', fields: [] });
    return folder;
  }

  rename(folder: ContactFolder, displayName: string): void {
    folder.displayName = displayName;
    this.log.push({ num: folder.num, kind: 'update', fields: ['displayName'] });
  }

  /** With all that is below it: those too are told as gone, or as back. */
  move(folder: ContactFolder, parent: ContactFolder): void {
    folder.parent = parent.num;
    for (const { num } of this.subtree(folder)) this.log.push({ num, kind: 'update', fields: ['parentFolderId'] });
  }

  /** Takes away one folder, which must be empty. */
  remove(folder: ContactFolder): void {
    this.byNumber.delete(folder.num);
    this.log.push({ num: folder.num, kind: 'remove', fields: [] });
  }

  private number(): number {
    this.nextNumber += 1;
    return this.nextNumber - 1;
  }

  private make(num: number, input: Pick<ContactFolder, 'parent' | 'displayName' | 'wellKnown'>): ContactFolder {
    // Deleted Items holds mail too: places of contacts are counted in a range of their own.
    const folder = { num, ...input, slots: new Map<number, number>(), nextSlot: numberRanges.contacts, log: [] };
    this.byNumber.set(num, folder);
    return folder;
  }
}
