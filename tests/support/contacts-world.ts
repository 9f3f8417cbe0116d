import { z } from 'zod';
import { describeApi } from '../../shared/api/reference/describe-api.ts';
import { runPushJob } from '../../shared/jobs/push-job.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { apiContract, readApiDocument } from './api-contract.ts';
import { KEYS, openApiWorld, USER, type Answer, type ApiWorld, type CallOptions } from './api-world.ts';

/** A contact as the API shows it. */
export const contactShape = z.strictObject({
  id: z.string(),
  graphId: z.string().nullable(),
  externalId: z.string().nullable(),
  folderId: z.string().nullable(),
  displayName: z.string(),
  givenName: z.string().nullable(),
  surname: z.string().nullable(),
  companyName: z.string().nullable(),
  jobTitle: z.string().nullable(),
  emails: z.array(z.strictObject({ address: z.string(), name: z.string().nullable() })),
  phones: z.array(z.strictObject({ number: z.string(), kind: z.string() })),
  addresses: z.array(z.record(z.string(), z.string().nullable())),
  birthday: z.string().nullable(),
  notes: z.string().nullable(),
  categories: z.array(z.string()),
  pushed: z.enum(['done', 'pending', 'failed']),
});
export type ShownContact = z.output<typeof contactShape>;

const changeShape = z.looseObject({
  type: z.string(),
  id: z.string().nullable(),
  cause: z.string(),
  changed: z.array(z.string()),
});

const truthShape = z.looseObject({
  id: z.string(),
  displayName: z.string().nullish(),
  jobTitle: z.string().nullish(),
  emailAddresses: z.array(z.object({ address: z.string().nullish() })),
  isDeleted: z.boolean(),
});
export type TruthContact = z.output<typeof truthShape>;
const made = z.array(z.object({ id: z.string(), folderId: z.string() }));

/** An API world with one connection that syncs contacts, and what a test asks of it. */
export interface ContactsWorld extends ApiWorld {
  readonly id: string;
  /** Below the connection. */
  on(method: string, path: string, options?: CallOptions): Promise<Answer>;
  sync(): Promise<void>;
  push(): Promise<void>;
  /** All contacts of a list, read in short pages. */
  list(query?: string): Promise<ShownContact[]>;
  /** Rows of the feed that come of some work. */
  changesOf(work: () => Promise<unknown>): Promise<z.output<typeof changeShape>[]>;
  /** Puts a contact into Outlook; answers its Graph id. */
  arrive(contact: Record<string, unknown>): Promise<string>;
  /** Below the user, in Outlook. */
  outlook(method: string, path: string, body?: unknown): Promise<unknown>;
  /** What Outlook holds, but what it has deleted. */
  truth(): Promise<TruthContact[]>;
}

export async function openContactsWorld(contacts: readonly Record<string, unknown>[] = []): Promise<ContactsWorld> {
  const world = await openApiWorld();
  const outlook = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const url = `${world.microsoft.control}/users/${USER.username}${path}`;
    const response = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  const arrive = async (contact: Record<string, unknown>): Promise<string> =>
    made.parse(await outlook('POST', '/contacts', contact))[0]?.id ?? '';
  for (const contact of contacts) await arrive(contact);
  const link = {
    userId: 'u',
    workspaceId: 'ws-2',
    domains: ['contacts'],
    settings: { contacts: { defaultRegion: 'US' } },
    returnUrl: 'https://app.example.com/connected',
  };
  const linked = await world.call('POST', '/connect-links', { body: link });
  const back = await world.follow(String(linked.body['url']));
  const id = new URL(back.headers.get('location') ?? '').searchParams.get('connectionId') ?? '';
  const faultsOf = apiContract(readApiDocument(describeApi(world.app)));
  const on = async (method: string, path: string, options: CallOptions = {}): Promise<Answer> => {
    const at = `/connections/${id}${path}`;
    const answer = await world.call(method, at, options);
    const contentType = answer.headers.get('content-type') ?? '';
    const seen = { method, path: `/api${at.split('?')[0] ?? ''}`, status: answer.status, contentType };
    const faults = faultsOf({ ...seen, json: answer.body });
    if (faults.length > 0) throw new Error(`${method} ${path} is not as described: ${faults.join('; ')}`);
    return answer;
  };
  const job = { connectionId: id, domain: 'contacts', due: null };
  return {
    ...world,
    ...{ id, on, arrive, outlook },
    sync: () => runSyncJob({ ...job, why: 'manual' }, world.app),
    push: () => runPushJob(job, world.app),
    list: (query = '') => listAll(on, query),
    changesOf: async (work) => {
      const before = String((await on('GET', '/changes?after=latest&domain=contacts')).body['nextCursor']);
      await work();
      const { body } = await on('GET', `/changes?after=${before}&domain=contacts`);
      return z.array(changeShape).parse(body['items']);
    },
    truth: async () => {
      const { contacts: all } = z
        .looseObject({ contacts: z.array(truthShape) })
        .parse(await outlook('GET', '/snapshot'));
      return all.filter(({ isDeleted }) => !isDeleted);
    },
  };
}

async function listAll(on: ContactsWorld['on'], query: string): Promise<ShownContact[]> {
  const all: ShownContact[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, body, text } = await on('GET', `/contacts?limit=3${query}${more}`, { key: KEYS.read });
    if (status !== 200) throw new Error(`the list answered ${status}: ${text}`);
    all.push(...z.array(contactShape).parse(body['items']));
    cursor = z.string().nullable().parse(body['nextCursor']);
  }
  return all;
}
