import { z } from 'zod';
import { eventFile, importEvent } from '../calendar/import.ts';
import type { EventFile } from '../calendar/import.ts';
import { worldOf } from '../calendar/world.ts';
import { contactFile, importContact } from '../contacts/import.ts';
import type { ContactFile } from '../contacts/import.ts';
import type { Folder } from '../folders.ts';
import type { Reply, Req, Site } from '../http.ts';
import type { Mailbox } from '../mailbox.ts';
import type { NewMessage, Origin } from '../model.ts';
import { fromSeed } from '../seed-apply.ts';
import { readEmlFiles } from '../seed/eml.ts';
import type { SeedMessage } from '../seed/types.ts';
import type { Tenant } from '../tenant.ts';
import { folderFrom, readJson, userFrom } from './input.ts';

const ORIGIN: Origin = { by: 'control' };

/** What a file's owner knows of it beside its content. */
const place = {
  name: z.string().min(1),
  /** Names from the top, the first of them perhaps a well-known one; what is missing is made. */
  folder: z.array(z.string().min(1).max(255)).min(1).max(30).optional(),
  categories: z.array(z.string().min(1).max(255)).optional(),
  isRead: z.boolean().optional(),
  isFlagged: z.boolean().optional(),
  isImportant: z.boolean().optional(),
  isDraft: z.boolean().optional(),
  /** Where the message has no time that can be read. */
  arrivedAt: z.iso.datetime().optional(),
};
const file = z.union([
  z.strictObject({ ...place, content: z.string() }),
  // Mail is bytes, in whatever charset its parts say: `base64` brings them unharmed, `content` only what is valid text.
  z.strictObject({ ...place, base64: z.base64() }),
  contactFile,
  eventFile,
]);
type File = Exclude<z.output<typeof file>, ContactFile | EventFile>;

const importBody = z.strictObject({ upn: z.string(), files: z.array(file), folder: z.string().default('inbox') });

/** `POST /control/import` `{upn, files, folder?}` -> `{imported: [{name, id}], refused: [{name, reason}]}`: each message, contact and event is in one of them. */
export function mountImport({ control, tenant }: Site): void {
  control.on('POST', '/control/import', (req) => importFiles(tenant, req));
}

async function importFiles(tenant: Tenant, req: Req): Promise<Reply> {
  const { upn, files, folder } = readJson(req, importBody);
  const user = userFrom(tenant, upn);
  const mailbox = tenant.mailbox(user);
  const usual = folderFrom(mailbox, folder);
  const imported: { name: string; id: string }[] = [];
  const refused: { name: string; reason: string }[] = [];
  const threads = new Map<string, string>();
  for (const given of files) {
    if ('contact' in given || 'event' in given) {
      const made =
        'contact' in given
          ? importContact(mailbox, given, ORIGIN)
          : importEvent(worldOf(tenant), worldOf(tenant).of(user), given, ORIGIN);
      if ('reason' in made) refused.push(made);
      else imported.push(made);
      continue;
    }
    const content = 'base64' in given ? Buffer.from(given.base64, 'base64') : given.content;
    const arrived = given.arrivedAt === undefined ? {} : { arrivedAt: new Date(given.arrivedAt) };
    const read = await readEmlFiles([{ name: given.name, content }], { now: tenant.clock.now(), ...arrived });
    refused.push(...read.refused);
    for (const { name, message } of read.messages) {
      const target = given.folder === undefined ? usual : folderAt(mailbox, given.folder);
      const fields = { ...fromSeed(mailbox, message, threads), ...stateOf(given, message) };
      const made = mailbox.create(target, fields, ORIGIN);
      imported.push({ name, id: mailbox.idOf(made, 'immutable') });
    }
  }
  return { status: 200, body: { imported, refused } };
}

function stateOf(given: File, message: SeedMessage): Partial<NewMessage> {
  return {
    isRead: given.isRead ?? message.isRead,
    isDraft: given.isDraft ?? message.isDraft,
    categories: given.categories ?? message.categories,
    ...(given.isFlagged === true ? { flag: { flagStatus: 'flagged' } } : {}),
    ...(given.isImportant === true ? { importance: 'high' } : {}),
  };
}

/** The folder at a path; what is missing of it is made, as a mail program would make it. */
function folderAt(mailbox: Mailbox, path: readonly string[]): Folder {
  const [top = '', ...rest] = path;
  const root = mailbox.folders.builtIn('msgfolderroot');
  let folder = mailbox.folders.wellKnown(top) ?? childOf(mailbox, root, top);
  for (const name of rest) folder = childOf(mailbox, folder, name);
  return folder;
}

function childOf(mailbox: Mailbox, parent: Folder, displayName: string): Folder {
  const there = mailbox.folders.childNamed(parent.num, displayName);
  if (there !== undefined) return there;
  const made = mailbox.folders.add({ parent, displayName });
  mailbox.noteFolder('create', made, { origin: ORIGIN, fields: ['displayName'] });
  return made;
}
