import { z } from 'zod';
import { apiMessage, differences } from '../../../infra/local/demo/compare.ts';
import { truthMessage } from '../../../infra/local/demo/mailbox.ts';
import type { Scope } from '../../../shared/engine/model.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import type { Mailbox } from '../plan/rig.ts';
import type { ProgramWorld } from './world.ts';

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

/** One connected mailbox of a world, apart from all others. */
export class ProgramMailbox {
  readonly world: ProgramWorld;
  readonly upn: string;
  readonly connectionId: string;
  readonly objectId: string;

  private constructor(world: ProgramWorld, { upn, connectionId, objectId }: Mailbox) {
    this.world = world;
    this.upn = upn;
    this.connectionId = connectionId;
    this.objectId = objectId;
  }

  /** A mailbox with some mail, synced once. */
  static async open(world: ProgramWorld): Promise<ProgramMailbox> {
    const made = await world.rig.mailbox(world.worker(0).app, { messages: 12, folders: 3 });
    await world.drain();
    return new ProgramMailbox(world, made);
  }

  get scope(): Scope {
    return { connectionId: this.connectionId, domain: 'mail' };
  }

  user(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.world.rig.user(this.upn, method, path, body);
  }

  async truth(): Promise<TruthIds> {
    return idsSchema.parse(await this.user('GET', '/snapshot?fields=ids'));
  }

  /** The list as an application reads it. */
  async list(): Promise<Fields[]> {
    const { store } = this.world.observer;
    const items: Fields[] = [];
    for (let after: string | null = null, more = true; more; more = after !== null) {
      const query = { from: 'm:', to: 'm;', where: {}, limit: 200, after };
      const page: Awaited<ReturnType<typeof store.list>> = await store.list(this.scope, query);
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
    const listed = (await this.list()).map((item) => apiMessage.parse(item));
    return differences(wanted, listed);
  }
}
