import { z } from 'zod';
import { ZodError } from 'zod';
import type { PushOutcome } from '../../engine/domain.ts';
import { mayHaveArrived } from '../../engine/outbox-rows.ts';
import type { EngineRecord, OutboxOperation } from '../../engine/model.ts';
import type { Source } from '../../engine/ports.ts';
import { GoneError, RejectedError } from '../../errors.ts';
import type { Fields } from '../../lib/json.ts';
import { contactSelect, itemQuery, MARKER, readContact } from './contact-wire.ts';
import { attempt } from './push-item.ts';
import { toNew } from './write-members.ts';

/** The contacts of a folder; without an id those of the default one. */
export const contactsPath = (folderId: unknown): string =>
  typeof folderId === 'string' && folderId !== ''
    ? `/me/contactFolders/${encodeURIComponent(folderId)}/contacts`
    : '/me/contacts';

/**
 * Makes a contact that carries the operation's key, in the folder that the operation names. After an attempt whose outcome is not
 * known it is looked for by that key first (P8).
 */
export async function create(operation: OutboxOperation, record: EngineRecord, source: Source): Promise<PushOutcome> {
  // The record may be meant for another folder by now: a later operation takes it there.
  const { folderId = record.fields['folderId'] } = operation.fields;
  const path = contactsPath(folderId);
  try {
    const made = mayHaveArrived(operation) ? await findAnywhere(source, path, operation.op) : null;
    return {
      outcome: 'done',
      item: made ?? (await makeMarked(source, path, { op: operation.op, body: toNew(operation.fields) })),
    };
  } catch (error) {
    if (!(error instanceof GoneError)) throw error;
    // It is the folder that is not there; the contact is not, for it was never made.
    throw new RejectedError('The folder is not there any more', error.facts, { cause: error });
  }
}

/** The contact that an operation made in this folder, or null. Where Graph refuses to filter, all of the folder are looked at. */
export async function findMarked(source: Source, path: string, op: string): Promise<unknown> {
  const marked = `singleValueExtendedProperties/Any(ep: ep/id eq '${MARKER}' and ep/value eq '${op}')`;
  try {
    return await first(source, `${path}?$filter=${encodeURIComponent(marked)}&$select=${contactSelect}`, () => true);
  } catch (error) {
    // The look-up is refused, and not the contact: to say that of the operation would leave what it may have made to nobody.
    if (!(error instanceof RejectedError)) throw error;
    return first(source, `${path}?${itemQuery}`, (raw) => originOf(raw) === op);
  }
}

async function first(source: Source, path: string, wanted: (raw: unknown) => boolean): Promise<unknown> {
  for await (const page of source.list(path)) {
    const found = page.find(wanted);
    if (found !== undefined) return found;
  }
  return null;
}

/** Whose making a contact is; null too where it cannot be read: then it is none that we made a moment ago. */
function originOf(raw: unknown): string | null {
  try {
    return readContact(raw, true).origin;
  } catch (error) {
    if (error instanceof ZodError) return null;
    throw error;
  }
}

const folders = z.object({ id: z.string().min(1) });

/** The paths of the contacts of all folders below one, level by level. */
async function pathsBelow(source: Source, path: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const page of source.list(`${path}?$select=id`)) {
    for (const { id } of z.array(folders).parse(page)) {
      const below = await attempt(() =>
        pathsBelow(source, `/me/contactFolders/${encodeURIComponent(id)}/childFolders`),
      );
      paths.push(contactsPath(id), ...(Array.isArray(below) ? below : []));
    }
  }
  return paths;
}

/** The contact that an operation made, in this folder or where somebody has put it since; null = in none. */
async function findAnywhere(source: Source, path: string, op: string): Promise<unknown> {
  const here = await findMarked(source, path, op);
  if (here !== null) return here;
  for (const other of ['/me/contacts', ...(await pathsBelow(source, '/me/contactFolders'))]) {
    // A folder that went meanwhile holds none.
    const found = other === path ? null : await attempt(() => findMarked(source, other, op));
    if (found !== null && found !== 'gone' && found !== 'conflict') return found;
  }
  return null;
}

/** Makes a contact with the operation's key, and what else is to be kept of it. */
export async function makeMarked(
  source: Source,
  path: string,
  { op, body, more = [] }: { readonly op: string; readonly body: Fields; readonly more?: readonly Fields[] },
): Promise<unknown> {
  const marks = [{ id: MARKER, value: op }, ...more];
  const made = await source.write({ method: 'POST', path, body: { ...body, singleValueExtendedProperties: marks } });
  // An answer without a body: the contact stands, and only looking for it tells how.
  return made ?? findMarked(source, path, op);
}
