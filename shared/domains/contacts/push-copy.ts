import { z } from 'zod';
import type { PushOutcome } from '../../engine/domain.ts';
import type { Media } from '../../engine/remote-ports.ts';
import { GoneError, RejectedError, TransientError } from '../../errors.ts';
import { hash } from '../../lib/hash.ts';
import { fieldsSchema, type Fields } from '../../lib/json.ts';
import { contactPath, COPIED, expanded, marked, markIn } from './contact-wire.ts';
import { makeMarked } from './push-create.ts';
import { attempt, ifMatch, look, type ItemPush } from './push-item.ts';

/** All that a contact holds and that may be written, whether we show it or not. [graph-facts 8; CSDL] */
const writable = [
  'displayName,givenName,middleName,surname,nickName,initials,title,generation,fileAs,emailAddresses,businessPhones,homePhones',
  'mobilePhone,businessAddress,homeAddress,otherAddress,companyName,department,jobTitle,profession,manager,assistantName',
  'officeLocation,businessHomePage,imAddresses,birthday,spouseName,children,personalNotes,yomiGivenName,yomiSurname',
  'yomiCompanyName,categories',
]
  .join(',')
  .split(',');

/** Photos are below 4 MB. [graph-facts 8] */
const LARGEST_PHOTO = 4 * 1024 * 1024;
/** Times that somebody may edit the old one while it is being replaced, before that is left to a later attempt. */
const EDITS = 3;

const copied = z.object({
  id: z.string().min(1),
  '@odata.etag': z.string().nullish(),
  parentFolderId: z.string().nullish(),
});

/** A contact whole, as Graph sends it when nothing is selected. */
interface Raw {
  readonly head: z.output<typeof copied>;
  readonly all: Fields;
}

const readRaw = (raw: unknown): Raw => ({ head: copied.parse(raw), all: fieldsSchema.parse(raw) });

const members = (all: Fields): Fields =>
  Object.fromEntries(writable.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));

/** Tells in the new one what the old one was like when it was copied: no clock tells edits of the same second apart. */
const sourceMark = ({ all }: Raw): Fields => ({ id: COPIED, value: hash([JSON.stringify(members(all))]) });

/** Makes the new one what the old one is by now. */
const copyAgain = ({ source }: ItemPush, made: string, old: Raw): Promise<unknown> =>
  source.write({
    method: 'PATCH',
    path: contactPath(made),
    body: { ...members(old.all), singleValueExtendedProperties: [sourceMark(old)] },
  });

/** Makes the contact anew in another folder, and deletes the old one. */
export async function copyOver(item: ItemPush, path: string): Promise<PushOutcome> {
  const { operation, graphId, source } = item;
  const raw = await attempt(() => source.get(contactPath(graphId)));
  if (raw === 'gone' || raw === 'conflict') return { outcome: 'gone' };
  const old = readRaw(raw);
  const said = Object.fromEntries(Object.entries(members(old.all)).filter(([, value]) => value !== null));
  try {
    const made = await makeMarked(source, path, { op: operation.op, body: said, more: [sourceMark(old)] });
    return await replace(item, { old, made: copied.parse(made).id });
  } catch (error) {
    if (!(error instanceof GoneError)) throw error;
    throw new RejectedError('The folder is not there any more', error.facts, { cause: error });
  }
}

/** Goes on where an attempt before stopped: the new one stands. */
export async function finishCopy(item: ItemPush, made: unknown): Promise<PushOutcome> {
  const { record, graphId, source } = item;
  const { id } = copied.parse(made);
  const raw = await attempt(() => source.get(contactPath(graphId)));
  if (raw === 'gone' || raw === 'conflict') return { outcome: 'done', item: await look(source, id) };
  const old = readRaw(raw);
  const was = (record.base ?? record.fields)['folderId'];
  // In Deleted Items by now: deleting it again would be for good.
  if (typeof was === 'string' && old.head.parentFolderId !== was)
    return { outcome: 'done', item: await look(source, id) };
  const fresh = marked.parse(await source.get(`${contactPath(id)}?$select=id&${expanded(COPIED)}`));
  // What somebody has done to the new one stays, unless the old one is not as it was copied.
  if (markIn(fresh, COPIED) !== sourceMark(old)['value']) await copyAgain(item, id, old);
  return replace(item, { old, made: id });
}

/** Takes the photo along and deletes the old one as it was copied; what somebody did to it meanwhile is copied too. */
async function replace(item: ItemPush, given: { readonly old: Raw; readonly made: string }): Promise<PushOutcome> {
  const { graphId, source } = item;
  const { made } = given;
  await copyPhoto(item, made);
  let { old } = given;
  for (let edits = 0; edits <= EDITS; edits++) {
    const etag = old.head['@odata.etag'] ?? null;
    const sent = await attempt(() => source.write({ method: 'DELETE', path: contactPath(graphId), ...ifMatch(etag) }));
    if (sent !== 'conflict') return { outcome: 'done', item: await look(source, made) };
    const raw = await attempt(() => source.get(contactPath(graphId)));
    if (raw === 'gone' || raw === 'conflict') return { outcome: 'done', item: await look(source, made) };
    old = readRaw(raw);
    await copyAgain(item, made, old);
  }
  throw new TransientError('The contact is being edited while it is moved');
}

async function copyPhoto({ graphId, source }: ItemPush, made: string): Promise<void> {
  const photo = await readPhoto(graphId, source);
  if (photo === null || (await readPhoto(made, source)) !== null) return;
  await source.write({ method: 'PUT', path: photoPath(made), media: photo });
}

/** Where the photo of a contact is read and written. */
export const photoPath = (graphId: string): string => `${contactPath(graphId)}/photo/$value`;

/** The photo; null where there is none. */
async function readPhoto(graphId: string, source: ItemPush['source']): Promise<Media | null> {
  const photo = await attempt(() => source.media(photoPath(graphId), LARGEST_PHOTO));
  return photo === 'gone' || photo === 'conflict' ? null : photo;
}
