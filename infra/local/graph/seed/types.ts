/** Mail as the generator and the importer hand it over: plain data, in the spelling of a Graph message. */
export interface SeedRecipient {
  readonly name: string;
  readonly address: string;
}

export interface SeedAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly isInline: boolean;
  readonly contentId: string | null;
  readonly bytes: Uint8Array;
}

export interface SeedFlag {
  readonly flagStatus: 'notFlagged' | 'flagged' | 'complete';
  /** UTC, ISO-8601; only where the status has one. */
  readonly dueDateTime?: string;
  readonly completedDateTime?: string;
}

export interface SeedMessage {
  /** A well-known folder name, or the `key` of a `SeedFolder`. */
  readonly folder: string;
  readonly subject: string;
  readonly from: SeedRecipient | null;
  readonly sender: SeedRecipient | null;
  readonly to: readonly SeedRecipient[];
  readonly cc: readonly SeedRecipient[];
  readonly bcc: readonly SeedRecipient[];
  readonly replyTo: readonly SeedRecipient[];
  readonly body: { readonly contentType: 'html' | 'text'; readonly content: string };
  /** UTC without fraction, as Graph writes them: `2026-01-02T03:04:05Z`. */
  readonly receivedDateTime: string;
  readonly sentDateTime: string;
  readonly isRead: boolean;
  readonly isDraft: boolean;
  readonly importance: 'low' | 'normal' | 'high';
  readonly flag: SeedFlag;
  readonly categories: readonly string[];
  readonly hasAttachments: boolean;
  readonly attachments: readonly SeedAttachment[];
  /** Messages of one thread share it. */
  readonly conversationId: string;
  /** Not on all drafts. */
  readonly internetMessageId: string | null;
}

export interface SeedFolder {
  readonly key: string;
  readonly displayName: string;
  /** The `key` of the parent, or a well-known name. A parent always comes before its children. */
  readonly parent: string;
}

export interface SeedMailbox {
  readonly folders: readonly SeedFolder[];
  /** Newest first. */
  readonly messages: readonly SeedMessage[];
}

export interface SeedOptions {
  readonly count: number;
  readonly seed: number;
  readonly owner: SeedRecipient;
  readonly now: Date;
  /** How many folders besides the well-known ones; default 12. */
  readonly folders?: number;
  /** Puts all messages there, and makes no folders. */
  readonly into?: string;
  /** `de-DE` and the like: what the custom folders and most subjects are written in. Default mixed. */
  readonly locale?: string;
}

/** Graph's spelling of mail times: no fraction. */
export function graphTime(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
