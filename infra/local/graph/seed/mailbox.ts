import { seedFolders } from './folders.ts';
import { messageMaker } from './messages.ts';
import { seededRandom } from './random.ts';
import { arrivalTimes } from './times.ts';
import type { SeedMailbox, SeedMessage, SeedOptions } from './types.ts';

const DEFAULT_FOLDERS = 12;

/**
 * Lifelike mail: a pure function of its options (same seed, owner, time: same mail). Threads with replies and
 * forwards, folders in several languages, drafts, sent mail, junk; 20,000 messages take well under a second.
 */
export function seedMailbox(options: SeedOptions): SeedMailbox {
  const random = seededRandom(options.seed);
  const folders = options.into === undefined ? seedFolders(options.folders ?? DEFAULT_FOLDERS, options.locale) : [];
  const make = messageMaker(random, options, folders);
  const messages: SeedMessage[] = arrivalTimes(random, options.count, options.now).map(make);
  return { folders, messages: messages.reverse() };
}
