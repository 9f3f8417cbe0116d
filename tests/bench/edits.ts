import { z } from 'zod';
import { call } from '../../infra/local/demo/client.ts';
import { mapLimit } from '../../shared/lib/map-limit.ts';
import type { Task } from './backfill-types.ts';
import { readCalendars } from './calendars.ts';
import type { DomainName } from './domains.ts';

const contactIds = z.object({ contacts: z.array(z.object({ id: z.string() })) });

/** People at Outlook at once. */
const AT_ONCE = 8;

/** Paths of what may be edited, and the member that is. */
interface Editable {
  readonly paths: readonly string[];
  readonly member: string;
}

const editable: Readonly<Partial<Record<DomainName, (user: string) => Promise<Editable>>>> = {
  contacts: async (user) => {
    const { contacts } = await call(contactIds, `${user}/snapshot?fields=ids`);
    return { paths: contacts.map(({ id }) => `/contacts/${id}`), member: 'jobTitle' };
  },
  // Of a series each occurrence would come along: what is counted are single events.
  calendar: async (user) => {
    const singles = (await readCalendars(user)).instances.filter(({ type }) => type === 'singleInstance');
    return { paths: singles.map(({ id }) => `/events/${id}`), member: 'subject' };
  },
};

/** Gives some contacts a new job, or events a new title, spread over all folders, as somebody who sits at Outlook would. */
export async function editItems(task: Pick<Task, 'control' | 'upn' | 'domain' | 'changes'>): Promise<void> {
  const { control, upn, domain, changes } = task;
  const user = `${control}/users/${upn}`;
  const found = await editable[domain]?.(user);
  if (found === undefined || found.paths.length < changes) throw new Error(`nobody edits ${changes} ${domain} here`);
  const step = Math.floor(found.paths.length / changes);
  const chosen = found.paths.filter((_, n) => n % step === 0).slice(0, changes);
  // Never what one has already: whoever edits a mailbox again changes as much.
  const body = { [found.member]: `Bench ${Date.now()}` };
  await mapLimit(chosen, AT_ONCE, (path) => call(z.unknown(), `${user}${path}`, { method: 'PATCH', body }));
}
