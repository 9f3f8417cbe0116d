import { BUILT_IN, builtInName } from './folder-names.ts';
import type { LogEntry } from './model.ts';
import { ReceivedIndex } from './received-index.ts';

/** A folder as the store keeps it. Its log is kept only once somebody has asked for its delta (`watched`). */
export interface Folder {
  readonly num: number;
  parent: number | undefined;
  displayName: string;
  readonly wellKnown: string | undefined;
  hidden: boolean;
  /** Below msgfolderroot (or that itself), so part of `/me/messages`. */
  readonly ipm: boolean;
  total: number;
  unread: number;
  version: number;
  /** slot -> message number, 0 once it left. */
  readonly slots: number[];
  readonly index: ReceivedIndex;
  readonly log: LogEntry[];
  watched: boolean;
}

/** One line of the folder tree's change log. */
export interface FolderLogEntry {
  num: number;
  kind: 'add' | 'update' | 'remove';
  fields: readonly string[];
}

/** The folders of one mailbox. Says nothing of messages but their counts. */
export class FolderTree {
  readonly log: FolderLogEntry[] = [];
  private readonly byNumber = new Map<number, Folder>();
  private readonly byName = new Map<string, Folder>();
  private readonly kids = new Map<number, Set<number>>();
  private nextNumber = 1;
  /** Entries from here on have been seen by no delta link yet, so a later one may be folded into them. */
  private fence = 0;
  private readonly lastUpdate = new Map<number, number>();

  constructor(locale: string) {
    for (const item of BUILT_IN) {
      const parent = item.parent === undefined ? undefined : this.byName.get(item.parent)?.num;
      const folder = this.make({
        parent,
        displayName: builtInName(item.name, locale),
        wellKnown: item.name,
        hidden: item.hidden ?? false,
        ipm: item.name === 'msgfolderroot' || parent !== undefined,
      });
      this.byName.set(item.name, folder);
    }
  }

  get(num: number): Folder | undefined {
    return this.byNumber.get(num);
  }

  /** A built-in folder; the name is taken without regard to case. */
  wellKnown(name: string): Folder | undefined {
    return this.byName.get(name.toLowerCase());
  }

  /** A built-in folder that every mailbox has. */
  builtIn(
    name: 'msgfolderroot' | 'inbox' | 'drafts' | 'sentitems' | 'deleteditems' | 'recoverableitemsdeletions',
  ): Folder {
    const folder = this.byName.get(name);
    if (folder === undefined) throw new Error(`the mailbox has no ${name}`);
    return folder;
  }

  /** Children, built-in ones first, then in the order of making. */
  children(num: number): Folder[] {
    return [...(this.kids.get(num) ?? [])].flatMap((child) => this.byNumber.get(child) ?? []);
  }

  /** All folders, also those outside msgfolderroot. */
  all(): Folder[] {
    return [...this.byNumber.values()];
  }

  /** The folder and everything below it, parents first. */
  subtree(num: number): Folder[] {
    const folder = this.byNumber.get(num);
    return folder === undefined ? [] : [folder, ...this.children(num).flatMap((child) => this.subtree(child.num))];
  }

  childNamed(parent: number, displayName: string): Folder | undefined {
    const wanted = displayName.toLowerCase();
    return this.children(parent).find((child) => child.displayName.toLowerCase() === wanted);
  }

  add(input: { parent: Folder; displayName: string; hidden?: boolean }): Folder {
    const folder = this.make({
      parent: input.parent.num,
      displayName: input.displayName,
      wellKnown: undefined,
      hidden: input.hidden ?? false,
      ipm: input.parent.ipm,
    });
    this.log.push({ num: folder.num, kind: 'add', fields: [] });
    this.touch(input.parent, ['childFolderCount']);
    return folder;
  }

  rename(folder: Folder, displayName: string): void {
    folder.displayName = displayName;
    this.touch(folder, ['displayName']);
  }

  move(folder: Folder, parent: Folder): void {
    const old = folder.parent === undefined ? undefined : this.byNumber.get(folder.parent);
    if (old !== undefined) {
      this.kids.get(old.num)?.delete(folder.num);
      this.touch(old, ['childFolderCount']);
    }
    folder.parent = parent.num;
    this.kidsOf(parent.num).add(folder.num);
    this.touch(folder, ['parentFolderId']);
    this.touch(parent, ['childFolderCount']);
  }

  /** Takes away one folder; its messages and children must be gone. */
  remove(folder: Folder): void {
    this.byNumber.delete(folder.num);
    const parent = folder.parent === undefined ? undefined : this.byNumber.get(folder.parent);
    if (parent !== undefined) {
      this.kids.get(parent.num)?.delete(folder.num);
      this.touch(parent, ['childFolderCount']);
    }
    this.log.push({ num: folder.num, kind: 'remove', fields: [] });
  }

  /** Notes a change of the folder's own values; counters come here with each message. */
  touch(folder: Folder, fields: readonly string[]): void {
    folder.version += 1;
    const last = this.lastUpdate.get(folder.num);
    const entry = last === undefined || last < this.fence ? undefined : this.log[last];
    if (entry === undefined) {
      this.lastUpdate.set(folder.num, this.log.push({ num: folder.num, kind: 'update', fields }) - 1);
    } else if (!fields.every((field) => entry.fields.includes(field))) {
      entry.fields = [...new Set([...entry.fields, ...fields])];
    }
  }

  /** The place that a delta link keeps; what was logged before it stays as it is. */
  mark(): number {
    this.fence = this.log.length;
    return this.fence;
  }

  private make(input: Pick<Folder, 'parent' | 'displayName' | 'wellKnown' | 'hidden' | 'ipm'>): Folder {
    const num = this.nextNumber;
    this.nextNumber += 1;
    const counts = { total: 0, unread: 0, version: 1, watched: false };
    const folder: Folder = { num, ...input, ...counts, slots: [0], index: new ReceivedIndex(), log: [] };
    this.byNumber.set(num, folder);
    if (input.parent !== undefined) this.kidsOf(input.parent).add(num);
    return folder;
  }

  private kidsOf(num: number): Set<number> {
    const known = this.kids.get(num);
    if (known !== undefined) return known;
    const made = new Set<number>();
    this.kids.set(num, made);
    return made;
  }
}
