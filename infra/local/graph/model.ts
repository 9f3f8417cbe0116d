/** What a mailbox holds, in the store's own terms (the wire form is made in `render.ts`). */

export interface Recipient {
  emailAddress: { name: string; address: string };
}

export interface ItemBody {
  contentType: 'html' | 'text';
  content: string;
}

export interface DateTimeTimeZone {
  dateTime: string;
  timeZone: string;
}

export interface Flag {
  flagStatus: 'notFlagged' | 'flagged' | 'complete';
  startDateTime?: DateTimeTimeZone;
  dueDateTime?: DateTimeTimeZone;
  completedDateTime?: DateTimeTimeZone;
}

export interface ExtendedProperty {
  /** As written, for example `String {GUID} Name OperationKey`; compared without regard to case. */
  id: string;
  value: string;
}

/** The content of a message. All but `subject` and `body` may be left to their defaults on creation. */
export interface MessageFields {
  subject: string;
  /** A function is called at each reading: seeded bodies need no memory. */
  body: ItemBody | (() => ItemBody);
  bodyPreview: string;
  from: Recipient | null;
  sender: Recipient | null;
  toRecipients: readonly Recipient[];
  ccRecipients: readonly Recipient[];
  bccRecipients: readonly Recipient[];
  replyTo: readonly Recipient[];
  /** Milliseconds since the epoch; rendered without a fraction. */
  receivedMs: number;
  sentMs: number;
  isRead: boolean;
  isDraft: boolean;
  importance: string;
  inferenceClassification: string;
  flag: Flag;
  categories: readonly string[];
  hasAttachments: boolean;
  conversationId: string;
  /** '' = none, as on some drafts. */
  internetMessageId: string;
  internetMessageHeaders: readonly { name: string; value: string }[];
  isReadReceiptRequested: boolean;
  isDeliveryReceiptRequested: boolean | null;
  extended: readonly ExtendedProperty[];
  /** The raw message for `$value`; made up from the fields when absent. */
  mime: string | undefined;
  /** `#microsoft.graph.eventMessageRequest` and the like; absent on plain mail. */
  odataType: string | undefined;
  meetingMessageType: string | undefined;
}

/** A message's present stay in a folder. */
export interface Stay {
  folder: number;
  slot: number;
  /** Place in the folder's log of this arrival, and of the departure before it when it has been here already; -1 else. */
  arrivedAt: number;
  leftAt: number;
}

export interface Message extends MessageFields {
  /** Number in the mailbox, never used again. */
  readonly num: number;
  stay: Stay;
  /** Goes up with each save; the changeKey is made of it. */
  version: number;
  createdMs: number;
  modifiedMs: number;
  /** Where it has been: folder number -> place of the departure in that folder's log. */
  left: Map<number, number> | undefined;
}

export type NewMessage = Partial<MessageFields>;
export type MessagePatch = Partial<MessageFields>;

/** One line of a folder's change log. `fields` are wire names. */
export interface LogEntry {
  num: number;
  slot: number;
  kind: 'add' | 'update' | 'remove';
  fields: readonly string[];
}

/** Who made a change. Seeding leaves no effects and tells nobody. */
export interface Origin {
  by: 'app' | 'control' | 'seed';
  requestId?: string;
}

/** One line of the mailbox's write log. */
export interface Effect {
  at: string;
  kind: 'create' | 'update' | 'move' | 'delete';
  /** The immutable id (of a message) or the id (of a folder). */
  id: string;
  fields: readonly string[];
  by: 'app' | 'control';
  requestId: string | null;
}

/** What a change, and a subscription, can be about: the name of the collection in Graph's paths, in lower case. */
export type ItemResource = 'messages' | 'contacts' | 'events';

/** What the store tells its listeners. A move tells two: `deleted` in the old folder, `created` in the new one, both with `moved`. */
export interface MailboxChange {
  kind: 'created' | 'updated' | 'deleted';
  resource: ItemResource;
  /** User id (GUID) of the mailbox. */
  userId: string;
  /** Default id as it is (or, for `deleted`, was). */
  id: string;
  immutableId: string;
  changeKey: string;
  folderId: string;
  /** Names the folder answers to: its id, and its well-known name if it has one. */
  folderNames: readonly string[];
  moved: boolean;
  fields: readonly string[];
}
