import { makeBody } from './bodies.ts';
import { people } from './people.ts';
import type { Random } from './random.ts';
import { newSubject, replySubject, type Subject } from './subjects.ts';
import { graphTime, type SeedFlag, type SeedFolder, type SeedMessage, type SeedOptions } from './types.ts';
import type { SeedRecipient } from './types.ts';

const OPEN_THREADS = 40;
const MANY_RECIPIENTS = 300;
const DAY_MS = 86_400_000;
/** Names from the mailbox's master list, and one that an item may hold although the list does not have it. */
export const SEED_CATEGORIES = [
  'Red category',
  'Blue category',
  'Green category',
  'Follow up',
  'Kunde: wichtig',
] as const;
const LANGUAGES = ['en', 'en', 'en', 'de', 'de', 'fr', 'ja'] as const;

interface Thread {
  readonly conversationId: string;
  readonly subject: Subject;
  readonly partner: SeedRecipient;
  length: number;
}

type Maker = (at: number) => SeedMessage;

/** Makes one message after the other, oldest first, so that replies follow what they answer. */
export function messageMaker(random: Random, options: SeedOptions, folders: readonly SeedFolder[]): Maker {
  const threads: Thread[] = [];
  const language = options.locale?.slice(0, 2).toLowerCase();
  const pickFolder = folderPicker(random, options, folders);
  return (at) => {
    const thread = nextThread(random, threads, language);
    const folder = pickFolder();
    const isDraft = folder === 'drafts';
    const mine = isDraft || folder === 'sentitems';
    const age = options.now.getTime() - at;
    return {
      folder,
      subject: thread.length > 1 ? replySubject(random, thread.subject) : thread.subject.text,
      ...addressees(random, options.owner, thread.partner, mine ? (isDraft ? 'draft' : 'sent') : 'received'),
      body: makeBody(random, thread.subject.language),
      receivedDateTime: graphTime(new Date(at)),
      sentDateTime: graphTime(new Date(at - random.int(20_000))),
      isRead: mine || random.chance(age > 3 * DAY_MS ? 0.92 : 0.4),
      isDraft,
      importance: importance(random),
      flag: flag(random, at),
      categories: categories(random),
      hasAttachments: random.chance(0.15),
      attachments: [],
      conversationId: thread.conversationId,
      internetMessageId: isDraft && random.chance(0.5) ? null : `<${random.hex(32)}@mail.contoso.com>`,
    };
  };
}

function nextThread(random: Random, threads: Thread[], language: string | undefined): Thread {
  const open = threads[random.int(OPEN_THREADS)];
  if (open !== undefined && random.chance(0.5)) {
    open.length += 1;
    return open;
  }
  // With a locale three of four threads are in it; nobody's mailbox holds one language alone.
  const spoken = language !== undefined && random.chance(0.75) ? language : random.pick(LANGUAGES);
  const thread: Thread = {
    conversationId: `AAQk${random.hex(44)}`,
    subject: newSubject(random, spoken),
    partner: random.pick(people()),
    length: 1,
  };
  threads[threads.length < OPEN_THREADS ? threads.length : random.int(OPEN_THREADS)] = thread;
  return thread;
}

function folderPicker(random: Random, options: SeedOptions, folders: readonly SeedFolder[]): () => string {
  const { into } = options;
  if (into !== undefined) return () => into;
  const [first, ...rest] = folders.map((folder) => folder.key);
  const custom: readonly [string, ...string[]] = [first ?? 'inbox', ...rest];
  return () => {
    const roll = random.next();
    if (roll < 0.5) return 'inbox';
    if (roll < 0.62) return 'sentitems';
    if (roll < 0.64) return 'drafts';
    if (roll < 0.7) return 'archive';
    if (roll < 0.76) return 'deleteditems';
    return roll < 0.78 ? 'junkemail' : random.pick(custom);
  };
}

type Direction = 'received' | 'sent' | 'draft';

function addressees(random: Random, owner: SeedRecipient, partner: SeedRecipient, direction: Direction) {
  const [from, to] = direction === 'received' ? [partner, owner] : [owner, partner];
  return {
    from,
    sender: from,
    to: direction === 'draft' && random.chance(0.3) ? [] : [to, ...crowd(random)],
    cc: random.chance(0.2) ? [random.pick(people())] : [],
    bcc: direction !== 'received' && random.chance(0.05) ? [random.pick(people())] : [],
    replyTo: random.chance(0.03) ? [random.pick(people())] : [],
  };
}

function crowd(random: Random): readonly SeedRecipient[] {
  if (random.chance(1 / 300)) return people().slice(0, MANY_RECIPIENTS);
  if (!random.chance(0.25)) return [];
  return Array.from({ length: 1 + random.int(6) }, () => random.pick(people()));
}

function importance(random: Random): SeedMessage['importance'] {
  if (random.chance(0.06)) return 'high';
  return random.chance(0.02) ? 'low' : 'normal';
}

function flag(random: Random, at: number): SeedFlag {
  if (random.chance(0.03)) return { flagStatus: 'complete', completedDateTime: graphTime(new Date(at + DAY_MS)) };
  if (!random.chance(0.05)) return { flagStatus: 'notFlagged' };
  if (random.chance(0.5)) return { flagStatus: 'flagged' };
  return { flagStatus: 'flagged', dueDateTime: graphTime(new Date(at + 3 * DAY_MS)) };
}

function categories(random: Random): readonly string[] {
  if (!random.chance(0.12)) return [];
  const first = random.pick(SEED_CATEGORIES);
  const second = random.pick(SEED_CATEGORIES);
  return random.chance(0.2) && first !== second ? [first, second] : [first];
}
