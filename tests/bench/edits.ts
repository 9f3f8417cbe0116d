import { z } from 'zod';
import { call } from '../../infra/local/demo/client.ts';
import { mapLimit } from '../../shared/lib/map-limit.ts';
import type { Task } from './backfill-types.ts';

const contactIds = z.object({ contacts: z.array(z.object({ id: z.string() })) });

/** People at Outlook at once. */
const AT_ONCE = 8;

/** Gives some contacts a new job, spread over all folders, as somebody who sits at Outlook would. */
export async function editItems(task: Pick<Task, 'control' | 'upn' | 'domain' | 'changes'>): Promise<void> {
  const { control, upn, domain, changes } = task;
  if (domain !== 'contacts') throw new Error(`nobody edits ${domain} here`);
  const user = `${control}/users/${upn}`;
  const { contacts } = await call(contactIds, `${user}/snapshot?fields=ids`);
  const step = Math.max(1, Math.floor(contacts.length / changes));
  const chosen = contacts.filter((_, n) => n % step === 0).slice(0, changes);
  // Never the title that one has already: whoever edits a mailbox again changes as much.
  const jobTitle = `Bench ${Date.now()}`;
  await mapLimit(chosen, AT_ONCE, ({ id }) =>
    call(z.unknown(), `${user}/contacts/${id}`, { method: 'PATCH', body: { jobTitle } }),
  );
}
