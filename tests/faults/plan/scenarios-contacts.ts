import type { App } from '../../../shared/app.ts';
import { runPushJob } from '../../../shared/jobs/push-job.ts';
import { Outlook } from '../../support/convergence/outlook.ts';
import { callerOf } from './caller.ts';
import type { FaultRig, Mailbox } from './rig.ts';
import { heldId, initOf, syncOnce, type Expected, type Prepared, type Request, type Scenario } from './scenarios.ts';

/** An address book, before or after its first sync. */
interface Book {
  readonly rig: FaultRig;
  readonly app: App;
  readonly mailbox: Mailbox;
  readonly outlook: Outlook;
  /** A folder beside the default one. */
  readonly folder: string;
  /** The API's path of its contacts. */
  readonly path: string;
}

async function open(rig: FaultRig, app: App): Promise<Book> {
  const mailbox = await rig.mailbox(app, { messages: 0, folders: 0, domain: 'contacts' });
  const outlook = new Outlook((method, path, body) => rig.user(mailbox.upn, method, path, body));
  const folder = await outlook.makeFolder('Customers');
  return { rig, app, mailbox, outlook, folder, path: `/api/connections/${mailbox.connectionId}/contacts` };
}

/** What a contact of this name says. Scenarios tell contacts by their companies, which nobody changes. */
const whole = (name: string): Record<string, unknown> => ({
  companyName: name,
  displayName: `Somebody of ${name}`,
  emailAddresses: [{ address: `${name.toLowerCase()}@contoso.example`, name }],
  businessPhones: ['+1 425 555 0100'],
  categories: ['Blue category'],
});

const sync = ({ app, mailbox }: Book): Promise<void> => syncOnce(app, mailbox.connectionId, 'contacts');

/** An address book with one contact of this name, synced once; answers its ids. */
async function known(book: Book, name: string): Promise<{ readonly graphId: string; readonly id: string }> {
  const graphId = await book.outlook.create(whole(name));
  await sync(book);
  return { graphId, id: await heldId(book.rig, book.mailbox, graphId) };
}

const prepared = ({ rig, mailbox }: Book, expected: Expected, request: Request | null = null): Prepared => ({
  ...{ rig, mailbox, expected, request },
});

/** Sends a request that belongs to what comes before the scenario. */
async function send({ app }: Book, request: Request): Promise<void> {
  const answer = await callerOf(app)(request.path, initOf(request));
  if (answer.status > 299) throw new Error(`${request.path} answered ${answer.status}: ${await answer.text()}`);
}

/** The first sync of two folders and several pages. */
const firstSync: Scenario = {
  name: 'contacts-first-sync',
  prepare: async (rig, app) => {
    const book = await open(rig, app);
    await rig.user(book.mailbox.upn, 'POST', '/contacts', { count: 9, seed: 3 });
    await rig.user(book.mailbox.upn, 'POST', '/contacts', { count: 7, seed: 4, folder: book.folder });
    return prepared(book, { told: {}, effects: {} });
  },
};

/** A round that finds a new, a changed, a moved and a deleted contact, and one that left its folder and came back. */
const delta: Scenario = {
  name: 'contacts-delta',
  prepare: async (rig, app) => {
    const book = await open(rig, app);
    const { outlook, folder } = book;
    const make = (name: string): Promise<string> => outlook.create(whole(name));
    const [changed, moved, deleted] = [await make('Changed'), await make('Moved'), await make('Deleted')];
    const back = await make('Back');
    await sync(book);
    await make('Created');
    await outlook.patch(changed, { jobTitle: 'Another', categories: [] });
    await outlook.move(moved, folder);
    await outlook.delete(deleted);
    await outlook.move(back, folder);
    await outlook.move(back, 'contacts');
    const told = {
      Created: ['contact.created'],
      Changed: ['contact.updated'],
      Moved: ['contact.moved'],
      Deleted: ['contact.deleted'],
    };
    return prepared(book, { told, effects: {} });
  },
};

const created = { displayName: 'Ada', companyName: 'Ours', emails: [{ address: 'ada@ours.example', name: 'Ada' }] };

/** The application makes a contact; what it sends twice has the same key. */
const create: Scenario = {
  name: 'contacts-create',
  prepare: async (rig, app) => {
    const book = await open(rig, app);
    await known(book, 'Beside');
    const body = { ...created, folderId: book.folder, categories: ['Ours'], birthday: '1815-12-10' };
    const expected = { told: { Ours: ['contact.created'] }, effects: { Ours: ['create'] } };
    return prepared(book, expected, { method: 'POST', path: book.path, body, key: 'make' });
  },
};

/** The same, known again by the application's own id of it alone. */
const createAgain: Scenario = {
  name: 'contacts-create-external',
  prepare: async (rig, app) => {
    const book = await open(rig, app);
    await known(book, 'Beside');
    const expected = { told: { Ours: ['contact.created'] }, effects: { Ours: ['create'] } };
    return prepared(book, expected, { method: 'POST', path: book.path, body: { ...created, externalId: 'crm-1' } });
  },
};

/** The application changes a contact that somebody has edited since: other fields, and another entry of the same list. */
const update: Scenario = {
  name: 'contacts-update',
  prepare: async (rig, app) => {
    const book = await open(rig, app);
    const { graphId, id } = await known(book, 'Ours');
    await book.outlook.patch(graphId, { jobTitle: 'Theirs', categories: ['Blue category', 'Theirs'] });
    const body = { notes: 'Ours', categories: ['Blue category', 'Ours'] };
    const told = { Ours: ['contact.updated', 'contact.updated'] };
    return prepared(book, { told, effects: { [graphId]: ['update'] } }, { path: `${book.path}/${id}`, body });
  },
};

/** The application changes the very field that somebody has changed: it loses, and nothing is written. */
const conflict: Scenario = {
  name: 'contacts-conflict',
  prepare: async (rig, app) => {
    const book = await open(rig, app);
    const { graphId, id } = await known(book, 'Ours');
    await book.outlook.patch(graphId, { jobTitle: 'Theirs' });
    const told = { Ours: ['contact.updated', 'contact.conflict'] };
    return prepared(book, { told, effects: {} }, { path: `${book.path}/${id}`, body: { jobTitle: 'Ours' } });
  },
};

/** The application deletes a contact. */
const remove: Scenario = {
  name: 'contacts-delete',
  prepare: async (rig, app) => {
    const book = await open(rig, app);
    const { graphId, id } = await known(book, 'Ours');
    const expected = { told: { Ours: ['contact.deleted'] }, effects: { [graphId]: ['delete'] } };
    return prepared(book, expected, { method: 'DELETE', path: `${book.path}/${id}`, key: 'remove' });
  },
};

/** It deletes one that somebody has edited meanwhile: that one stands again. */
const removeEdited: Scenario = {
  name: 'contacts-delete-edited',
  prepare: async (rig, app) => {
    const book = await open(rig, app);
    const { graphId, id } = await known(book, 'Ours');
    await book.outlook.patch(graphId, { jobTitle: 'Theirs' });
    const expected = { told: { Ours: ['contact.deleted', 'contact.conflict'] }, effects: {} };
    return prepared(book, expected, { method: 'DELETE', path: `${book.path}/${id}`, key: 'remove' });
  },
};

/** The application moves a contact of a tenant that refuses a patched folder, or moves by it. The tenant keeps that way. */
async function moving(
  rig: FaultRig,
  app: App,
  moveByPatch: 'refused' | 'moves',
): Promise<{ readonly book: Book; readonly graphId: string; readonly request: Request }> {
  await rig.control('PATCH', '/settings', { contacts: { moveByPatch } });
  const book = await open(rig, app);
  const { graphId, id } = await known(book, 'Ours');
  return { book, graphId, request: { path: `${book.path}/${id}`, body: { folderId: book.folder }, key: 'move' } };
}

/** Graph does not move it: it is made anew in the other folder, and the old one is deleted. */
const move: Scenario = {
  name: 'contacts-move',
  prepare: async (rig, app) => {
    const { book, graphId, request } = await moving(rig, app, 'refused');
    const effects = { Ours: ['create'], [graphId]: ['delete'] };
    return prepared(book, { told: { Ours: ['contact.moved'] }, effects, allOurs: true }, request);
  },
};

/** Graph moves it. */
const moveByPatch: Scenario = {
  name: 'contacts-move-patched',
  prepare: async (rig, app) => {
    const { book, graphId, request } = await moving(rig, app, 'moves');
    const effects = { [graphId]: ['move', 'update'] };
    return prepared(book, { told: { Ours: ['contact.moved'] }, effects, allOurs: true }, request);
  },
};

/** A POST whose e-mail one contact has already: the two are one. Of what differs Outlook's stays, lists are united. */
const linking = (path: string): Request => ({
  method: 'POST',
  path,
  body: {
    displayName: 'Ada Lovelace',
    emails: [{ address: 'OURS@contoso.example', name: null }],
    phones: [{ number: '+44 20 7946 0000', kind: 'home' }],
    externalId: 'crm-2',
  },
  key: 'link',
});

const link: Scenario = {
  name: 'contacts-link',
  prepare: async (rig, app) => {
    const book = await open(rig, app);
    const { graphId } = await known(book, 'Ours');
    const expected = { told: { Ours: ['contact.conflict'] }, effects: { [graphId]: ['update'] } };
    return prepared(book, expected, linking(book.path));
  },
};

/** The application takes a link back. */
const undo: Scenario = {
  name: 'contacts-undo',
  prepare: async (rig, app) => {
    const book = await open(rig, app);
    const { mailbox, path } = book;
    const { graphId, id } = await known(book, 'Ours');
    await send(book, linking(path));
    await runPushJob({ connectionId: mailbox.connectionId, domain: 'contacts', due: null }, app);
    await sync(book);
    const told = { Ours: ['contact.conflict', 'contact.updated'] };
    const expected = { told, effects: { [graphId]: ['update', 'update'] } };
    return prepared(book, expected, { method: 'POST', path: `${path}/${id}/undo`, key: 'undo' });
  },
};

/** Contacts both ways. */
export const contactScenarios: readonly Scenario[] = [
  firstSync,
  delta,
  create,
  createAgain,
  update,
  conflict,
  remove,
  removeEdited,
  move,
  moveByPatch,
  link,
  undo,
];
