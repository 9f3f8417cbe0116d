import type { Folder } from './folders.ts';
import type { Mailbox } from './mailbox.ts';
import type { DateTimeTimeZone, Flag, Message, NewMessage, Origin, Recipient } from './model.ts';
import type { SeedFlag, SeedFolder, SeedMailbox, SeedMessage, SeedRecipient } from './seed/types.ts';

const known = new WeakMap<SeedRecipient, Recipient>();

/** The same object for the same person: a big mailbox has few people and much mail. */
function recipient(person: SeedRecipient): Recipient {
  const made = known.get(person) ?? { emailAddress: { name: person.name, address: person.address } };
  known.set(person, made);
  return made;
}

function utc(dateTime: string): DateTimeTimeZone {
  return { dateTime: dateTime.replace(/Z$/, ''), timeZone: 'UTC' };
}

const NOT_FLAGGED: Flag = { flagStatus: 'notFlagged' };

function flagOf(flag: SeedFlag): Flag {
  if (flag.flagStatus === 'notFlagged') return NOT_FLAGGED;
  const made: Flag = { flagStatus: flag.flagStatus };
  if (flag.dueDateTime !== undefined) made.dueDateTime = utc(flag.dueDateTime);
  if (flag.completedDateTime !== undefined) made.completedDateTime = utc(flag.completedDateTime);
  return made;
}

/** A generated or imported message in the store's terms. Threads become conversations of this mailbox. */
export function fromSeed(mailbox: Mailbox, message: SeedMessage, threads = new Map<string, string>()): NewMessage {
  const conversationId = threads.get(message.conversationId) ?? mailbox.ids.conversation(message.conversationId);
  threads.set(message.conversationId, conversationId);
  return {
    subject: message.subject,
    body: message.body,
    from: message.from === null ? null : recipient(message.from),
    sender: message.sender === null ? null : recipient(message.sender),
    toRecipients: message.to.map(recipient),
    ccRecipients: message.cc.map(recipient),
    bccRecipients: message.bcc.map(recipient),
    replyTo: message.replyTo.map(recipient),
    receivedMs: Date.parse(message.receivedDateTime),
    sentMs: Date.parse(message.sentDateTime),
    isRead: message.isRead,
    isDraft: message.isDraft,
    importance: message.importance,
    flag: flagOf(message.flag),
    categories: message.categories,
    hasAttachments: message.hasAttachments,
    conversationId,
    internetMessageId: message.internetMessageId ?? '',
  };
}

/** Makes the folders and puts the messages in, oldest first. Messages for a folder that is not there go to the inbox. */
export function applySeed(mailbox: Mailbox, seed: SeedMailbox, origin: Origin): Message[] {
  const made = new Map<string, Folder>();
  for (const folder of seed.folders) made.set(folder.key, makeFolder(mailbox, folder, made));
  const inbox = mailbox.folders.builtIn('inbox');
  const threads = new Map<string, string>();
  return seed.messages.toReversed().map((message) => {
    const named = made.get(message.folder) ?? mailbox.folder(message.folder);
    return mailbox.create(typeof named === 'object' ? named : inbox, fromSeed(mailbox, message, threads), origin);
  });
}

function makeFolder(mailbox: Mailbox, folder: SeedFolder, made: ReadonlyMap<string, Folder>): Folder {
  const parent = made.get(folder.parent) ?? mailbox.folders.wellKnown(folder.parent);
  const above = parent ?? mailbox.folders.builtIn('msgfolderroot');
  const there = mailbox.folders.childNamed(above.num, folder.displayName);
  return there ?? mailbox.folders.add({ parent: above, displayName: folder.displayName });
}
