import type { AnswerOnce, Intent, LocalRows } from '../../engine/local-write.ts';
import type { EngineRecord } from '../../engine/model.ts';
import { linked } from '../../engine/link.ts';
import { kindIn } from '../../engine/run.ts';
import { DEFAULT, DEFAULT_NAME, placeOfFolder } from '../../domains/contacts/folder.ts';
import { readNotes } from '../../domains/contacts/notes.ts';
import { ProblemError } from '../../errors.ts';
import type { Fields } from '../../lib/json.ts';
import type { ApiPorts, RegisteredDomain } from '../ports.ts';
import { invalid } from '../router/validate-request.ts';
import { writeRecord } from '../write-record.ts';
import { holderOf, matchContact } from './match-contact.ts';
import { oddEntries } from './odd-entries.ts';
import { demandBaselined, type OpenContacts } from './open-contacts.ts';
import type { ContactPatch, ContactRequest } from './schemas.ts';
import { nameOf, toFields } from './to-fields.ts';

type Domain = RegisteredDomain['domain'];
type Once = { readonly once?: AnswerOnce };
type Place = { readonly domain: Domain; readonly contacts: OpenContacts };
type Request = Once & { readonly contactId: string };

/** Answers what became of a POST: `born` where it made a new contact. */
export async function postContact(
  ports: ApiPorts,
  { domain, contacts }: Place,
  contact: ContactRequest,
  onceFor: (born: () => boolean) => Once,
): Promise<{ readonly record: EngineRecord; readonly born: boolean }> {
  let born = false;
  const intend = async (rows: LocalRows): Promise<Intent> => {
    demandBaselined(rows.head);
    const intent = await intentOf(rows, domain, contact);
    born = intent.type === 'create';
    return intent;
  };
  const record = await writeRecord(ports, domain, contacts, { intend, ...onceFor(() => born) });
  // An intent that is never null leaves nothing missing.
  if (record === null) throw new TypeError('a contact was neither made nor found');
  return { record, born };
}

async function intentOf(rows: LocalRows, domain: Domain, contact: ContactRequest): Promise<Intent> {
  const { match: how, folderId, ...written } = contact;
  const notes = readNotes(rows.head.notes);
  const given = toFields(written);
  const match = await matchContact(rows, contact, notes);
  if (match.type === 'same') return { type: 'update', record: match.record, action: 'update', fields: given };
  if (match.type === 'link') return linkTo(rows, domain, match.record, given);
  const place = placeOf(rows, folderId);
  return {
    type: 'create',
    kind: 'contact',
    action: 'create',
    fields: { ...given, displayName: nameOf(written), folderId: place.folderId },
    stream: place.stream,
    ...(how === 'none' ? { alone: true } : {}),
  };
}

/** The contact that Outlook has becomes the application's too; which folder it is in is Outlook's matter. */
function linkTo(rows: LocalRows, domain: Domain, record: EngineRecord, given: Fields): Intent {
  const { externalId, ...ours } = given;
  const kind = kindIn(domain, rows.head.notes, record.kind);
  const { fields, losing } = linked(kind, ours, record.fields, domain.policy);
  const own = externalId === undefined || externalId === null ? {} : { externalId };
  return {
    type: 'update',
    record,
    action: 'update',
    fields: { ...fields, ...own },
    undo: true,
    ...(Object.keys(losing).length === 0 ? {} : { losing }),
  };
}

/** The folder that a contact goes to, and its stream; 400 for one that is not synced. */
function placeOf(
  rows: LocalRows,
  folderId: string | undefined,
): { readonly stream: string; readonly folderId: string | null } {
  const { defaultFolderId } = readNotes(rows.head.notes);
  const named = folderId?.toLowerCase() === DEFAULT_NAME ? undefined : folderId;
  const stream = placeOfFolder(named ?? defaultFolderId, defaultFolderId) ?? DEFAULT;
  if (named !== undefined && !rows.cursors.has(stream))
    throw invalid([
      { path: 'body.folderId', message: 'is no contact folder of this mailbox: GET .../contact-folders lists them' },
    ]);
  return { stream, folderId: named ?? defaultFolderId ?? null };
}

/** Changes a contact; null where there is none. 409 where another contact has the externalId. */
export function patchContact(
  ports: ApiPorts,
  to: Place,
  { patch, ...request }: Request & { readonly patch: ContactPatch },
): Promise<EngineRecord | null> {
  return writeStanding(ports, to, request, async (record, rows) => {
    const faults = oddEntries(patch, record.fields);
    if (faults.length > 0) throw invalid(faults);
    const holder = await holderOf(rows, patch.externalId);
    if (holder !== null && holder.id !== record.id) throw externalIdTaken(holder.id);
    const { folderId, ...written } = patch;
    const update = { type: 'update', record, action: 'update' } as const;
    if (folderId === undefined) return { ...update, fields: toFields(written) };
    const place = placeOf(rows, folderId);
    return { ...update, fields: { ...toFields(written), folderId: place.folderId }, stream: place.stream };
  });
}

/** Deletes a contact, and answers it as it was; null where there is none. */
export function deleteContact(ports: ApiPorts, place: Place, request: Request): Promise<EngineRecord | null> {
  return writeStanding(ports, place, request, (record) => ({ type: 'delete', record, action: 'delete' }));
}

/** Writes what the last merge of a contact overwrote; null where there is no such contact, 409 where no merge is left. */
export function undoMerge(ports: ApiPorts, place: Place, request: Request): Promise<EngineRecord | null> {
  return writeStanding(ports, place, request, (record) => {
    if (record.undo === undefined)
      throw new ProblemError(409, 'nothing_to_undo', 'No merge of this contact is left to take back');
    return { type: 'update', record, action: 'update', fields: record.undo.fields };
  });
}

/** Writes to a contact that stands, as is intended of it under the fence; null where there is none. */
function writeStanding(
  ports: ApiPorts,
  { domain, contacts }: Place,
  { contactId, ...once }: Request,
  intended: (record: EngineRecord, rows: LocalRows) => Promise<Intent> | Intent,
): Promise<EngineRecord | null> {
  const intend = async (rows: LocalRows): Promise<Intent | null> => {
    const record = await contactIn(rows, contactId);
    return record === null ? null : intended(record, rows);
  };
  return writeRecord(ports, domain, contacts, { intend, ...once });
}

async function contactIn(rows: LocalRows, id: string): Promise<EngineRecord | null> {
  const record = await rows.record(id);
  return record?.kind === 'contact' ? record : null;
}

const externalIdTaken = (id: string): ProblemError =>
  new ProblemError(409, 'external_id_taken', `The contact ${id} has this externalId already`);
