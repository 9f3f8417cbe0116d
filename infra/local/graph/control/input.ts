import { z } from 'zod';
import type { Folder } from '../folders.ts';
import { ControlError } from '../http.ts';
import type { Req } from '../http.ts';
import type { Mailbox } from '../mailbox.ts';
import type { Message } from '../model.ts';
import type { Tenant, User } from '../tenant.ts';

/** The body of a control request; an empty one is `{}`. Throws 400 with what is wrong. */
export function readJson<T>(req: Req, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parseJson(req.body.toString('utf8')));
  if (!parsed.success) throw new ControlError(400, z.prettifyError(parsed.error));
  return parsed.data;
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ControlError(400, 'the body is not JSON');
    throw error;
  }
}

export function userFrom(tenant: Tenant, upn: string): User {
  const user = tenant.user(upn);
  if (user === undefined) throw new ControlError(404, `no user ${upn}`);
  return user;
}

export function folderFrom(mailbox: Mailbox, idOrName: string): Folder {
  const folder = mailbox.folder(idOrName);
  if (typeof folder !== 'object') throw new ControlError(404, `no folder ${idOrName}`);
  return folder;
}

export function messageFrom(mailbox: Mailbox, id: string): Message {
  const message = mailbox.message(id);
  if (typeof message !== 'object') throw new ControlError(404, `no message ${id}`);
  return message;
}
