import { expect } from 'vitest';
import { z } from 'zod';
import { apiMessage } from '../../infra/local/demo/compare.ts';
import { readTruth, type TruthMessage } from '../../infra/local/demo/mailbox.ts';
import { StackWorld, type User } from './stack-world.ts';

/** Its beginning is the preview, which is stored. */
export const SECRET_BODY = `${'A long beginning. '.repeat(30)}The body that must never be stored: Überraschung 🎁 zwölf`;

export const message = z.looseObject({
  ...apiMessage.shape,
  sentAt: z.string().nullable(),
  webLink: z.string().nullable(),
  source: z.string(),
});
export type Message = z.output<typeof message>;

export const folder = z.strictObject({
  id: z.string(),
  name: z.string(),
  wellKnownName: z.string().nullable(),
  parentId: z.string().nullable(),
  totalCount: z.number().nullable(),
  unreadCount: z.number().nullable(),
  synced: z.boolean(),
});

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}
export const pageOf = <T>(item: z.ZodType<T>): z.ZodType<Page<T>> =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

const kinds = {
  plain: { from: 'Erika Muster <erika@fabrikam.example>', receivedDateTime: '2021-05-01T10:00:00Z' },
  unread: { isRead: false, receivedDateTime: '2021-05-02T10:00:00Z' },
  flagged: { flag: { flagStatus: 'flagged' }, receivedDateTime: '2021-05-03T10:00:00Z' },
  tagged: { categories: ['Red category'], receivedDateTime: '2021-05-04T10:00:00Z' },
  archived: { folder: 'archive', receivedDateTime: '2021-05-05T10:00:00Z' },
  secret: { body: SECRET_BODY, contentType: 'text' },
} as const;

/** A connected mailbox with seeded mail, and one message of each kind that a test asks for by name. */
export class MailBench {
  readonly world: StackWorld;
  readonly user: User;
  readonly id: string;
  /** Graph ids; the subject of each is its name, with a capital. */
  readonly known: Readonly<Record<keyof typeof kinds, string>>;

  private constructor(given: Pick<MailBench, 'world' | 'user' | 'id' | 'known'>) {
    this.world = given.world;
    this.user = given.user;
    this.id = given.id;
    this.known = given.known;
  }

  static async start(messages: number): Promise<MailBench> {
    const world = await StackWorld.start();
    const user = await world.user('ada', { messages, folders: 5 });
    const make = (name: keyof typeof kinds): Promise<string> =>
      world.arrive(user, { isRead: true, subject: `${name.charAt(0).toUpperCase()}${name.slice(1)}`, ...kinds[name] });
    const known = {
      ...{ plain: await make('plain'), unread: await make('unread'), flagged: await make('flagged') },
      ...{ tagged: await make('tagged'), archived: await make('archived'), secret: await make('secret') },
    };
    return new MailBench({ world, user, known, id: await world.connect(user, { workspaceId: 'ws-1' }) });
  }

  /** A list of the connection to its end. */
  async all<T>(item: z.ZodType<T>, path: string, limit: number): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const glue = path.includes('?') ? '&' : '?';
      const next: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const address = `/connections/${this.id}${path}${glue}limit=${limit}${next}`;
      const page: Page<T> = await this.world.get(pageOf(item), address);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  list(query = '', limit = 200): Promise<Message[]> {
    return this.all(message, `/messages${query}`, limit);
  }

  async ours(graphId: string): Promise<Message> {
    return (await this.list()).find((one) => one.graphId === graphId) ?? expect.fail('it is not listed');
  }

  folders(limit = 200): Promise<z.output<typeof folder>[]> {
    return this.all(folder, '/folders', limit);
  }

  async folderOf(name: string): Promise<z.output<typeof folder>> {
    return (await this.folders()).find((one) => one.wellKnownName === name) ?? expect.fail(`no ${name}`);
  }

  truth(): ReturnType<typeof readTruth> {
    return readTruth(this.world.stack.control, this.user.upn);
  }

  async theirs(graphId: string): Promise<TruthMessage | undefined> {
    return (await this.truth()).messages.find((one) => one.id === graphId);
  }
}
