import { z } from 'zod';
import { differences } from '../../../infra/local/demo/compare.ts';
import { apiMessage } from '../../../infra/local/demo/compare.ts';
import { truthMessage } from '../../../infra/local/demo/mailbox.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import { connect, type SyncWorld } from '../sync-world.ts';

const PASSWORD = 'Pa55-word!';

const folderSchema = z.object({
  id: z.string(),
  displayName: z.string(),
  wellKnownName: z.string().nullable(),
  parentFolderId: z.string().nullable(),
  isHidden: z.boolean(),
});
export type TruthFolder = z.output<typeof folderSchema>;
const idsSchema = z.object({
  folders: z.array(folderSchema),
  messages: z.array(z.object({ id: z.string(), parentFolderId: z.string() })),
});
export type TruthIds = z.output<typeof idsSchema>;
const wholeSchema = z.object({ folders: z.array(folderSchema), messages: z.array(truthMessage) });

/** Folders that `all` leaves out, with all below them. */
const unread = new Set([
  'deleteditems',
  'junkemail',
  'drafts',
  'outbox',
  'conversationhistory',
  'syncissues',
  'searchfolders',
]);

/** Folders whose mail must be listed, judged by the tenant alone. */
export function syncedFolders(folders: readonly TruthFolder[]): TruthFolder[] {
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  return folders.filter((folder) => {
    if (folder.isHidden || folder.wellKnownName === 'msgfolderroot') return false;
    for (let at: TruthFolder | undefined = folder; at !== undefined; at = byId.get(at.parentFolderId ?? '')) {
      if (at.wellKnownName !== null && unread.has(at.wellKnownName)) return false;
      if (at.wellKnownName === 'msgfolderroot') return true;
    }
    return false;
  });
}

/** One connected mailbox of a world, apart from the world's own. */
export class FuzzMailbox {
  readonly world: SyncWorld;
  readonly upn: string;
  readonly connectionId: string;

  private constructor(world: SyncWorld, upn: string, connectionId: string) {
    this.world = world;
    this.upn = upn;
    this.connectionId = connectionId;
  }

  /** A mailbox with some mail, synced once. */
  static async open(world: SyncWorld, name: string): Promise<FuzzMailbox> {
    const upn = `${name}@contoso.example`;
    await world.control('POST', '/users', {
      userPrincipalName: upn,
      displayName: 'Adele Vance',
      password: PASSWORD,
      messages: 12,
      folders: 3,
      seed: 3,
    });
    const connectionId = await connect(world.app, { username: upn, password: PASSWORD, folders: 'all' });
    const mailbox = new FuzzMailbox(world, upn, connectionId);
    await world.drain();
    return mailbox;
  }

  get scope(): { connectionId: string; domain: string } {
    return { connectionId: this.connectionId, domain: 'mail' };
  }

  user(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.world.control(method, `/users/${encodeURIComponent(this.upn)}${path}`, body);
  }

  async truth(): Promise<TruthIds> {
    return idsSchema.parse(await this.user('GET', '/snapshot?fields=ids'));
  }

  /** The list as an application reads it. */
  async list(): Promise<Fields[]> {
    const items: Fields[] = [];
    for (let after: string | null = null, more = true; more; more = after !== null) {
      const page: Awaited<ReturnType<typeof this.world.app.store.list>> = await this.world.app.store.list(this.scope, {
        ...{ from: 'm:', to: 'm;', where: {}, limit: 200, after },
      });
      items.push(...page.entries.map((entry) => entry.item));
      after = page.next;
    }
    return items;
  }

  /** Differences between the tenant and the list; none = in step. */
  async differences(): Promise<string[]> {
    const truth = wholeSchema.parse(await this.user('GET', '/snapshot'));
    const synced = new Set(syncedFolders(truth.folders).map((folder) => folder.id));
    const wanted = truth.messages.filter((message) => synced.has(message.parentFolderId));
    return differences(
      wanted,
      (await this.list()).map((item) => apiMessage.parse(item)),
    );
  }
}
