import { z } from 'zod';
import { call } from '../../infra/local/demo/client.ts';
import { contacts as contactFamily } from '../../shared/api/families/contacts.ts';
import { itemSchema } from './domains.ts';
import { makeAddressBook } from './mailbox.ts';
import type { Emulators } from './processes.ts';
import { WrongResult } from './run-way.ts';
import { openWriteRig, type WriteRig, type Writes } from './write-rig.ts';

/** Contacts that stand before anything is written. */
const CONTACTS = 100;

/** Makes contacts by the API, then runs the push jobs that came of it. Throws WrongResult where Graph does not hold each once. */
export async function contactWrites(emulators: Emulators, writes: number): Promise<Writes> {
  await using rig = await openWriteRig(emulators, await makeAddressBook(emulators.control, 'writes', CONTACTS));
  const measured = await rig.measure(() => createAll(rig, writes));
  await check(rig.user, writes);
  const note = 'Each is looked for by externalId, e-mail and phone before it is made.';
  return { what: 'contacts made', note, writes, ...measured };
}

async function createAll(rig: WriteRig, writes: number): Promise<void> {
  const family = contactFamily(rig.app);
  for (let n = 0; n < writes; n++) {
    const body = {
      externalId: `bench-${n}`,
      displayName: `Bench ${n}`,
      emails: [{ address: `bench-${n}@bench.example` }],
      phones: [{ number: `+1 202 555 ${String(n).padStart(4, '0')}`, kind: 'mobile' }],
    };
    const { status } = await rig.send(family, { method: 'POST', path: '/contacts', body });
    // Numbers of the address book may end alike; they are never the same.
    if (status !== 201) throw new WrongResult(`a create was answered ${status}`);
  }
}

const book = z.object({ contacts: z.array(itemSchema.extend({ displayName: z.string().nullish() })) });

async function check(user: string, writes: number): Promise<void> {
  const { contacts } = await call(book, `${user}/snapshot`);
  const names = contacts.flatMap(({ displayName }) =>
    displayName?.startsWith('Bench ') === true ? [displayName] : [],
  );
  if (names.length === writes && new Set(names).size === writes) return;
  throw new WrongResult(`Graph holds ${names.length} contacts of ours, ${new Set(names).size} by name, not ${writes}`);
}
