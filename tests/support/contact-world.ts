import { z } from 'zod';
import { readContact } from '../../shared/domains/contacts/contact-wire.ts';
import type { EngineRecord } from '../../shared/engine/model.ts';
import { readStanding } from '../../shared/engine/standing.ts';
import { fieldsSchema, type Fields, type Json } from '../../shared/lib/json.ts';
import { domainSides, type DomainSides } from './domain-sides.ts';
import { startWorld, type SyncWorld, type WorldOptions } from './sync-world.ts';

const identified = z.object({ id: z.string() });
const snapshot = z.object({ contacts: z.array(fieldsSchema), contactFolders: z.array(fieldsSchema) });

/** A world whose connection syncs contacts, and the short ways to both sides. Begins synced. */
export interface ContactWorld extends DomainSides {
  readonly world: SyncWorld;
  readonly scope: { readonly connectionId: string; readonly domain: 'contacts' };
  /** A contact that somebody makes in Outlook; its id. */
  arrive(members: Fields, folder?: string): Promise<string>;
  edit(id: string, members: Fields): Promise<void>;
  move(id: string, folder: string): Promise<void>;
  remove(id: string): Promise<void>;
  folder(displayName: string, parent?: string): Promise<string>;
  removeFolder(id: string): Promise<void>;
  /** What Outlook holds, outside of Deleted Items. */
  theirs(): Promise<Fields[]>;
  /** Our list. */
  ours(): Promise<Fields[]>;
  /** One of ours by its display name. */
  named(name: string): Promise<EngineRecord>;
  create(fields: Fields, stream?: string): Promise<EngineRecord>;
  update(id: string, fields: Fields): Promise<EngineRecord>;
  /** Both sides field by field; what differs. */
  differences(): Promise<string[]>;
}

/** Opens one; `settings` are the local tenant's ways with contacts. */
export async function startContactWorld(
  options: WorldOptions & { readonly ways?: Fields } = {},
): Promise<ContactWorld> {
  const world = await startWorld({ messages: 0, folders: 0, domains: ['contacts'], ...options });
  const scope = { connectionId: world.connectionId, domain: 'contacts' } as const;
  const { app } = world;
  if (options.ways !== undefined) await world.control('PATCH', '/settings', { contacts: options.ways });
  const sides = domainSides(world, 'contacts');
  const ours = async (): Promise<Fields[]> =>
    (await app.store.list(scope, { from: 'c:', to: 'c;', where: {}, limit: 1000, after: null })).entries.map(
      ({ item }) => item,
    );
  const theirs = async (): Promise<Fields[]> =>
    snapshot.parse(await world.user('GET', '/snapshot')).contacts.filter((contact) => contact['isDeleted'] !== true);
  const self: ContactWorld = {
    ...sides,
    ...{ world, scope, ours, theirs },
    arrive: async (members, folder = 'contacts') =>
      z.array(identified).parse(await world.user('POST', '/contacts', { ...members, folder }))[0]?.id ?? '',
    edit: async (id, members) => {
      await world.user('PATCH', `/contacts/${id}`, members);
    },
    move: async (id, folder) => {
      await world.user('POST', `/contacts/${id}/move`, { folder });
    },
    remove: async (id) => {
      await world.user('DELETE', `/contacts/${id}`);
    },
    folder: async (displayName, parent = 'contacts') =>
      identified.parse(await world.user('POST', '/contactFolders', { displayName, parent })).id,
    removeFolder: async (id) => {
      await world.user('DELETE', `/contactFolders/${id}`);
    },
    named: async (name) => {
      const found = (await ours()).find((item) => item['displayName'] === name);
      const record = found === undefined ? null : await readStanding(app.store, scope, textOf(found['id']));
      if (record === null) throw new Error(`there is no ${name}`);
      return record;
    },
    create: (fields, stream = 'default') =>
      sides.write(() => ({ type: 'create', kind: 'contact', action: 'create', fields, stream })),
    update: (id, fields) =>
      sides.write(async (rows) => {
        const record = await rows.record(id);
        return record === null ? null : { type: 'update', record, action: 'update', fields };
      }),
    differences: async () => differences(await theirs(), await ours()),
  };
  await world.drain();
  return self;
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** Contacts that only one side has, and fields that differ. */
function differences(theirs: readonly Fields[], ours: readonly Fields[]): string[] {
  const wanted = new Map(theirs.map((raw) => readContact(raw, true)).map(({ graphId, fields }) => [graphId, fields]));
  const found: string[] = [];
  for (const item of ours) {
    const graphId = textOf(item['graphId']);
    const fields = wanted.get(graphId);
    wanted.delete(graphId);
    if (fields === undefined) found.push(`${graphId} is with us alone`);
    for (const [field, value] of Object.entries(fields ?? {})) {
      const [mine, other] = [JSON.stringify(item[field]), JSON.stringify(value)];
      if (mine !== other) found.push(`${graphId} ${field}: ${mine} is ${other} there`);
    }
  }
  return [...found, ...[...wanted.keys()].map((graphId) => `${graphId} is with them alone`)];
}

/** Whether nothing waits to be pushed or to be looked at. */
export async function isAtRest(at: ContactWorld): Promise<boolean> {
  const { outbox, hints } = (await at.head()).counts;
  return outbox === 0 && hints === 0;
}
