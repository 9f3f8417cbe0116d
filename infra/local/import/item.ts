/** Where a message goes: names from the top, the first of them perhaps a well-known one (`inbox`). Made where they are missing. */
export type FolderPath = readonly string[];

/** One message out of a person's files, as it is handed to the local tenant. */
export interface ImportItem {
  /** The file, and the place in it: `mail/All.mbox#17`. */
  readonly name: string;
  /** The raw message (RFC 5322). */
  readonly content: Uint8Array;
  readonly folder: FolderPath;
  readonly categories?: readonly string[];
  readonly isRead?: boolean;
  readonly isFlagged?: boolean;
  readonly isImportant?: boolean;
  readonly isDraft?: boolean;
  /** Used where the message itself has no time that can be read. */
  readonly arrivedAt?: Date;
}

/** One contact out of a person's files. */
export interface ImportContact {
  readonly name: string;
  /** In the members of a Graph contact. */
  readonly contact: Readonly<Record<string, unknown>>;
  /** A JPEG. */
  readonly photo?: Uint8Array;
  /** Contact folders from the default one down; empty = that one. */
  readonly folder: FolderPath;
}

/** One event out of a person's files: a single one, or a series with all that was changed in it. */
export interface ImportEvent {
  readonly name: string;
  /** In the members of a Graph event, and a few of the tenant's control beside them. */
  readonly event: Readonly<Record<string, unknown>>;
  /** The calendar of the last name; empty = the own one. */
  readonly folder: FolderPath;
}

export type Importable = ImportItem | ImportContact | ImportEvent;

/** What could not be taken, and why, in words for its owner. */
export interface Refused {
  readonly name: string;
  readonly reason: string;
}

export const isRefused = (one: Importable | Refused): one is Refused => 'reason' in one;

/** A file as the walk found it. */
export interface FoundFile {
  readonly path: string;
  /** Relative to what was given, with its own name in front. */
  readonly name: string;
  /** Folders between what was given and the file. */
  readonly folders: FolderPath;
}

/** Reads one kind of file, item by item: whatever is in it comes out, as an item or as refused. */
export type FileReader = (file: FoundFile) => AsyncIterable<Importable | Refused>;
