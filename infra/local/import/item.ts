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

/** What could not be taken, and why, in words for its owner. */
export interface Refused {
  readonly name: string;
  readonly reason: string;
}

export const isRefused = (one: ImportItem | ImportContact | Refused): one is Refused => 'reason' in one;

/** A file as the walk found it. */
export interface FoundFile {
  readonly path: string;
  /** Relative to what was given, with its own name in front. */
  readonly name: string;
  /** Folders between what was given and the file. */
  readonly folders: FolderPath;
}

/** Reads one kind of file, message by message or contact by contact: whatever is in it comes out, as an item or as refused. */
export type FileReader = (file: FoundFile) => AsyncIterable<ImportItem | ImportContact | Refused>;
