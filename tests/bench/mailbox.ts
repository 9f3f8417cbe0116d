import { z } from 'zod';
import { call } from '../../infra/local/demo/client.ts';
import { benchDomains, DEFAULT_FOLDER, itemSchema, type DomainName } from './domains.ts';

/** A mailbox of the local tenant that is made for one bench. */
export interface BenchMailbox {
  readonly upn: string;
  readonly password: string;
  readonly domain: DomainName;
  readonly items: number;
  /** Rows that the product keeps of them. */
  readonly rows: number;
  /** What the usual way brings of them, a row each. */
  readonly usualItems: number;
  /** Graph ids. */
  readonly folders: readonly string[];
  readonly token: string;
}

/** Where the messages lie, in parts of the whole. */
const SHARES = [
  { folder: 'inbox', share: 0.6 },
  { folder: 'sentitems', share: 0.2 },
  { folder: 'archive', share: 0.12 },
  { folder: 'Projects', share: 0.08 },
] as const;
export const PASSWORD = 'Pa55-word!';

const folderSchema = z.object({ id: z.string(), wellKnownName: z.string().nullable(), displayName: z.string() });
const snapshotSchema = z.object({ folders: z.array(folderSchema) });

let mailboxes = 0;

/** Makes a user with so many lifelike messages in four folders, six of ten in the Inbox; answers `count` folders, empty ones if need be. */
export async function makeMailbox(
  control: string,
  name: string,
  messages: number,
  count: number = SHARES.length,
): Promise<BenchMailbox> {
  const post = poster(control);
  const upn = await makeUser(post, name, { folders: 0 });
  await post(z.unknown(), `/users/${upn}/folders`, { displayName: 'Projects' });
  const more = Array.from({ length: Math.max(0, count - SHARES.length) }, (_, n) => `More ${n + 1}`);
  for (const displayName of more) await post(z.unknown(), `/users/${upn}/folders`, { displayName });
  const all = (await call(snapshotSchema, `${control}/users/${upn}/snapshot`)).folders;
  const folders: string[] = [];
  let left = messages;
  for (const [index, { folder, share }] of SHARES.entries()) {
    const found = all.find((one) => one.wellKnownName === folder || one.displayName === folder);
    if (found === undefined) throw new Error(`the mailbox has no ${folder}`);
    folders.push(found.id);
    const part = index === SHARES.length - 1 ? left : Math.min(left, Math.round(messages * share));
    left -= part;
    const made = { count: part, folder: found.id, seed: index + 1 };
    if (part > 0) await post(z.unknown(), `/users/${upn}/messages`, made);
  }
  folders.push(...all.flatMap((one) => (more.includes(one.displayName) ? [one.id] : [])));
  const made = { domain: 'mail', items: messages, rows: 2 * messages, folders: folders.slice(0, count) } as const;
  return { upn, password: PASSWORD, ...made, usualItems: messages, token: await tokenOf(post, upn, 'Mail.ReadWrite') };
}

const addressBook = z.object({
  contactFolders: z.array(z.object({ id: z.string(), wellKnownName: z.string().nullable() })),
  contacts: z.array(itemSchema),
});

/** Makes a user with so many lifelike contacts in five folders, every second one in the default one. */
export async function makeAddressBook(control: string, name: string, contacts: number): Promise<BenchMailbox> {
  const post = poster(control);
  const upn = await makeUser(post, name, { folders: 0, contacts, seed: 7 });
  const book = await call(addressBook, `${control}/users/${upn}/snapshot`);
  const folders = book.contactFolders.map(({ id, wellKnownName }) => (wellKnownName === null ? id : DEFAULT_FOLDER));
  const { contacts: domain } = benchDomains;
  const rows = book.contacts.reduce((sum, contact) => sum + 1 + domain.indexRows(contact).length, 0);
  const items = book.contacts.length;
  const made = { domain: 'contacts', items, usualItems: items, rows, folders } as const;
  return { upn, password: PASSWORD, ...made, token: await tokenOf(post, upn, 'Contacts.ReadWrite') };
}

export type Post = <T>(schema: z.ZodType<T>, path: string, body: unknown) => Promise<T>;

export const poster =
  (control: string): Post =>
  (schema, path, body) =>
    call(schema, `${control}${path}`, { method: 'POST', body });

/** One tenant serves all benches of a run: each mailbox is a new one. */
export async function makeUser(post: Post, name: string, contents: object): Promise<string> {
  const upn = `${name}-${++mailboxes}@bench.example`;
  const user = { userPrincipalName: upn, displayName: 'Adele Vance', password: PASSWORD };
  await post(z.unknown(), '/users', { ...user, ...contents });
  return upn;
}

/** For those who do not sign in. */
export const tokenOf = async (post: Post, upn: string, scope: string): Promise<string> => {
  const asked = { upn, scopes: [scope], seconds: 86_000 };
  return (await post(z.object({ accessToken: z.string() }), '/tokens', asked)).accessToken;
};
