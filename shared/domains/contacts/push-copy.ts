import { z } from 'zod';
import type { PushOutcome } from '../../engine/domain.ts';
import type { Media } from '../../engine/remote-ports.ts';
import { GoneError, isRefusal, RejectedError, TransientError } from '../../errors.ts';
import { hash } from '../../lib/hash.ts';
import { fieldsSchema, type Fields } from '../../lib/json.ts';
import { contactPath, COPIED, expanded, marked, markIn } from './contact-wire.ts';
import { makeMarked } from './push-create.ts';
import { attempt, ifMatch, isContactFolder, isTakenAway, look, type ItemPush } from './push-item.ts';

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

/** A contact that was made anew, and what it was made from. */
interface Copy {
  readonly made: string;
  readonly old: Raw;
  readonly photo: Media | null;
}

/**
 * Makes the contact anew in another folder, and deletes the old one; `changed` where somebody else has taken that elsewhere. What is
 * refused on the way leaves the contact where it is, and no other; so is a photo that cannot be taken along, rather than lost.
 */
export async function copyOver(item: ItemPush, path: string): Promise<PushOutcome> {
  const { operation, graphId, source } = item;
  const raw = await attempt(() => source.get(contactPath(graphId)));
  if (raw === 'gone' || raw === 'conflict') return { outcome: 'gone' };
  const old = readRaw(raw);
  if (await isTakenAway(item, old.head.parentFolderId)) return { outcome: 'changed', item: raw };
  // Read before anything is made: where it is refused nothing is to be taken away.
  const photo = await takenAlong(() => readPhoto(graphId, source));
  const said = Object.fromEntries(Object.entries(members(old.all)).filter(([, value]) => value !== null));
  try {
    const made = await makeMarked(source, path, { op: operation.op, body: said, more: [sourceMark(old)] });
    const { id } = copied.parse(made);
    return await orNoCopy(item, id, () => replace(item, { made: id, old, photo }));
  } catch (error) {
    if (!(error instanceof GoneError)) throw error;
    throw new RejectedError('The folder is not there any more', error.facts, { cause: error });
  }
}

/** Goes on where an attempt before stopped: the new one stands. */
export async function finishCopy(item: ItemPush, made: unknown): Promise<PushOutcome> {
  const { graphId, source } = item;
  const { id } = copied.parse(made);
  return orNoCopy(item, id, async () => {
    const found = await standing(item);
    if (isGoneOrTaken(found)) return found;
    const { old } = found;
    const fresh = marked.parse(await source.get(`${contactPath(id)}?$select=id&${expanded(COPIED)}`));
    // What somebody has done to the new one stays, unless the old one is not as it was copied.
    if (markIn(fresh, COPIED) !== sourceMark(old)['value']) await copyAgain(item, id, old);
    return replace(item, { made: id, old, photo: await takenAlong(() => readPhoto(graphId, source)) });
  });
}

/** The old one while it stands in a contact folder. */
interface Standing {
  readonly old: Raw;
  /** Somebody else has taken it to a folder that is neither where it was copied from nor where it is to go. */
  readonly taken: boolean;
}

/** Nothing is left of the old one that the new one is to take the place of. */
const isGoneOrTaken = (found: Standing | null): found is null | (Standing & { readonly taken: true }) =>
  found === null || found.taken;

/** The old one; null where it is gone, or in Deleted Items by now: deleting it again would be for good. */
async function standing(item: ItemPush): Promise<Standing | null> {
  const raw = await attempt(() => item.source.get(contactPath(item.graphId)));
  if (raw === 'gone' || raw === 'conflict') return null;
  const old = readRaw(raw);
  const place = old.head.parentFolderId;
  if (typeof place !== 'string' || !(await isTakenAway(item, place))) return { old, taken: false };
  return (await isContactFolder(item.source, place)) ? { old, taken: true } : null;
}

/**
 * Puts the new one in place of the old one, and answers it. Where that is refused and the old one stands, and where somebody else
 * has moved the old one meanwhile (`changed`, P10), the new one goes again: it would be there twice, and once more with each move
 * that is tried. An attempt that dies before finds it by its marker.
 */
async function orNoCopy(item: ItemPush, made: string, replaced: () => Promise<Standing | null>): Promise<PushOutcome> {
  const left = await replaced().catch(async (error: unknown) => {
    if (!isRefusal(error)) throw error;
    const found = await standing(item);
    if (isGoneOrTaken(found)) return found;
    await takeBack(item, made);
    throw error;
  });
  if (left === null) return { outcome: 'done', item: await look(item.source, made) };
  await takeBack(item, made);
  return { outcome: 'changed', item: left.old.all };
}

const takeBack = ({ source }: ItemPush, made: string): Promise<unknown> =>
  attempt(() => source.write({ method: 'DELETE', path: contactPath(made) }));

/**
 * Takes the photo along and deletes the old one as it was copied; what somebody did to it meanwhile is copied too. Answers the old
 * one where it is not to be deleted, as somebody else has moved it; else null.
 */
async function replace(item: ItemPush, { made, photo, ...copy }: Copy): Promise<Standing | null> {
  const { graphId, source } = item;
  if (photo !== null && (await readPhoto(made, source)) === null) await writePhoto(item, made, photo);
  let { old } = copy;
  for (let edits = 0; edits <= EDITS; edits++) {
    const etag = old.head['@odata.etag'] ?? null;
    const sent = await attempt(() => source.write({ method: 'DELETE', path: contactPath(graphId), ...ifMatch(etag) }));
    if (sent !== 'conflict') return null;
    const now = await standing(item);
    if (isGoneOrTaken(now)) return now;
    ({ old } = now);
    await copyAgain(item, made, old);
    const edited = await takenAlong(() => readPhoto(graphId, source));
    if (edited !== null) await writePhoto(item, made, edited);
  }
  throw new TransientError('The contact is being edited while it is moved');
}

const writePhoto = ({ source }: ItemPush, made: string, media: Media): Promise<unknown> =>
  takenAlong(() => source.write({ method: 'PUT', path: photoPath(made), media }));

/** A call for a photo; a refusal says that it is for that. */
async function takenAlong<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error;
    throw new RejectedError(`Its photo cannot be taken along: ${error.message}`, error.facts, { cause: error });
  }
}

/** Where the photo of a contact is read and written. */
export const photoPath = (graphId: string): string => `${contactPath(graphId)}/photo/$value`;

/** The photo; null where there is none. */
async function readPhoto(graphId: string, source: ItemPush['source']): Promise<Media | null> {
  const photo = await attempt(() => source.media(photoPath(graphId), LARGEST_PHOTO));
  return photo === 'gone' || photo === 'conflict' ? null : photo;
}
