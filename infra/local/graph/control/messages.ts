import { z } from 'zod';
import { ControlError } from '../http.ts';
import type { Reply, Req, Site } from '../http.ts';
import type { Mailbox } from '../mailbox.ts';
import type { Message, Origin } from '../model.ts';
import { applySeed, fromSeed } from '../seed-apply.ts';
import { readEmlFiles } from '../seed/eml.ts';
import { seedMailbox } from '../seed/mailbox.ts';
import type { Tenant } from '../tenant.ts';
import { folderFrom, messageFrom, readJson, userFrom } from './input.ts';
import { messageMembers, toFields } from './message-input.ts';

const ORIGIN: Origin = { by: 'control' };

const newMessages = z.union([
  z.strictObject({
    count: z.number().int().min(1).max(1_000_000),
    folder: z.string().optional(),
    seed: z.number().int().optional(),
  }),
  z.strictObject({ mime: z.string().min(1), folder: z.string().optional() }),
  messageMembers.extend({ folder: z.string().optional() }),
]);

/** Mail by control: the same store, so delta and notifications see it as if it had come by itself. */
export function mountMail(site: Site): void {
  const { control, tenant } = site;
  const path = '/control/users/{upn}/messages';
  const mailboxOf = (req: Req): Mailbox => tenant.mailbox(userFrom(tenant, req.params['upn'] ?? ''));
  const found = (req: Req): [Mailbox, Message] => {
    const mailbox = mailboxOf(req);
    return [mailbox, messageFrom(mailbox, req.params['message'] ?? '')];
  };
  let runs = 0;
  control.on('POST', path, (req) => add(tenant, req, () => (runs += 1)));
  control.on('PATCH', `${path}/{message}`, (req) => {
    const [mailbox, message] = found(req);
    mailbox.update(message, toFields(readJson(req, messageMembers)), ORIGIN);
    return { status: 200, body: placeOf(mailbox, message) };
  });
  control.on('POST', `${path}/{message}/move`, (req) => {
    const [mailbox, message] = found(req);
    mailbox.move(message, folderFrom(mailbox, readJson(req, z.strictObject({ folder: z.string() })).folder), ORIGIN);
    return { status: 200, body: placeOf(mailbox, message) };
  });
  control.on('DELETE', `${path}/{message}`, (req) => {
    const [mailbox, message] = found(req);
    mailbox.delete(message, ORIGIN, req.query.get('permanent') === 'true');
    return { status: 204 };
  });
}

function placeOf(mailbox: Mailbox, message: Message): { id: string; folderId: string } {
  return { id: mailbox.idOf(message, 'immutable'), folderId: mailbox.ids.folder(message.stay.folder) };
}

async function add(tenant: Tenant, req: Req, nextRun: () => number): Promise<Reply> {
  const user = userFrom(tenant, req.params['upn'] ?? '');
  const mailbox = tenant.mailbox(user);
  const input = readJson(req, newMessages);
  const folder = folderFrom(mailbox, input.folder ?? 'inbox');
  if ('count' in input) {
    const owner = { name: user.displayName, address: user.userPrincipalName };
    const seed = input.seed ?? tenant.seed * 1000 + nextRun();
    const seeded = seedMailbox({
      count: input.count,
      seed,
      owner,
      now: tenant.clock.now(),
      into: 'inbox',
      locale: user.locale,
    });
    const messages = seeded.messages.map((message) => ({ ...message, folder: mailbox.ids.folder(folder.num) }));
    const made = applySeed(mailbox, { folders: [], messages }, ORIGIN);
    return { status: 201, body: made.map((message) => placeOf(mailbox, message)) };
  }
  if ('mime' in input) {
    const { messages, refused } = await readEmlFiles([{ name: 'mime', content: input.mime }], {
      now: tenant.clock.now(),
    });
    const [first] = messages;
    if (first === undefined) throw new ControlError(400, refused[0]?.reason ?? 'no mail in it');
    const message = mailbox.create(folder, { ...fromSeed(mailbox, first.message), mime: input.mime }, ORIGIN);
    return { status: 201, body: [placeOf(mailbox, message)] };
  }
  return { status: 201, body: [placeOf(mailbox, mailbox.create(folder, toFields(input), ORIGIN))] };
}
