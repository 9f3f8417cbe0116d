import { readPartition } from '../../faults/plan/partition.ts';
import { Application, listAll } from './application.ts';
import { ContactEdits } from './edits.ts';
import { byId, contactWords } from './fields.ts';
import { Ledger } from './ledger.ts';
import { contactDifferences, Outlook } from './outlook.ts';
import { FeedReader } from './reader.ts';
import type { Opened, Side, Sort } from './side.ts';
import { contactTroubles } from './troubles.ts';

const FOLDERS = ['Customers', 'Suppliers', 'Friends'];

/** An address book of so many contacts in several folders. */
export const addressBook = (contacts: number): Sort => ({
  domain: 'contacts',
  collection: 'Contacts',
  troubles: contactTroubles,
  open: async (opened) => {
    const { rig, mailbox } = opened;
    const outlook = new Outlook((method, path, body) => rig.user(mailbox.upn, method, path, body));
    const folders = await fill(opened, outlook, contacts);
    return () => begin(opened, { outlook, folders, contacts });
  },
});

async function begin(
  { rig, mailbox, random, healthy }: Opened,
  book: {
    readonly outlook: Outlook;
    readonly folders: readonly [string, ...string[]];
    readonly contacts: number;
  },
): Promise<Side> {
  const { outlook, folders } = book;
  const scope = { connectionId: mailbox.connectionId, domain: 'contacts' };
  const list = () => listAll(healthy, scope, 'c');
  const first = await list();
  if (first.length !== book.contacts) throw new Error(`${first.length} of ${book.contacts} contacts came`);
  const application = new Application(healthy, scope, 'contacts');
  const ledger = new Ledger(contactWords, byId(first));
  const { head } = await readPartition(rig, mailbox.connectionId, 'contacts');
  return {
    application,
    edits: new ContactEdits({ outlook, application, ledger, random, folders, list }),
    reader: new FeedReader(first, head.lastSeq, { rows: 'contact.' }),
    listed: list,
    faults: async (_, items, end) => [
      ...contactDifferences(await outlook.snapshot(), items),
      ...ledger.faults({ items: byId(items), ...end }),
    ],
  };
}

/** So many contacts, some of them in folders; answers the ids of all folders. */
async function fill(
  { rig, mailbox, seed }: Opened,
  outlook: Outlook,
  contacts: number,
): Promise<readonly [string, ...string[]]> {
  const each = Math.floor(contacts / (FOLDERS.length + 3));
  const add = (count: number, more: object): Promise<unknown> =>
    rig.user(mailbox.upn, 'POST', '/contacts', { count, seed: seed + count, ...more });
  for (const [index, name] of FOLDERS.entries()) {
    const folder = await outlook.makeFolder(name);
    await add(each, { folder, seed: seed * 10 + index });
  }
  await add(contacts - each * FOLDERS.length, {});
  const [first, ...others] = (await outlook.snapshot()).contactFolders.map(({ id }) => id);
  if (first === undefined) throw new Error('there is no folder');
  return [first, ...others];
}
