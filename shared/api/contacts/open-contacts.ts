import type { ApiKey } from '../../config.ts';
import { DEFAULT, DEFAULT_NAME, placeOfFolder } from '../../domains/contacts/folder.ts';
import { readNotes, type ContactNotes } from '../../domains/contacts/notes.ts';
import type { Connection } from '../../engine/connection.ts';
import { newHead, type Head } from '../../engine/head.ts';
import type { Scope } from '../../engine/model.ts';
import { ProblemError } from '../../errors.ts';
import { demandUsable } from '../connections/demand-usable.ts';
import { demandStaying, findWithDomain } from '../connections/find-connection.ts';
import type { ApiPorts } from '../ports.ts';

/** The contacts of a connection, as a request finds them. */
export interface OpenContacts {
  readonly connection: Connection;
  readonly scope: Scope;
  readonly head: Head;
  readonly notes: ContactNotes;
}

/** 404 where there is no such connection for this key, or it does not sync contacts. */
export async function openContacts(ports: ApiPorts, key: ApiKey, connectionId: string): Promise<OpenContacts> {
  const { connection } = await findWithDomain(ports, key, connectionId, 'contacts');
  const scope = { connectionId, domain: 'contacts' };
  const head = (await ports.store.readHead(scope))?.head ?? newHead();
  return { connection, scope, head, notes: readNotes(head.notes) };
}

/** As above, for a write: 409 where the connection is leaving, or where nothing written would reach Outlook. */
export async function openForWrite(ports: ApiPorts, key: ApiKey, connectionId: string): Promise<OpenContacts> {
  const contacts = await openContacts(ports, key, connectionId);
  demandStaying(contacts.connection);
  demandUsable(contacts.connection, contacts.head);
  return contacts;
}

/** 404 for a folder that the mailbox does not have. Before the first sync nobody can tell. */
export async function demandFolder(
  ports: Pick<ApiPorts, 'store'>,
  { scope, head, notes }: OpenContacts,
  folder: string | undefined,
): Promise<void> {
  if (folder === undefined || !head.baselined || folder.toLowerCase() === DEFAULT_NAME) return;
  const stream = placeOfFolder(folder, notes.defaultFolderId) ?? DEFAULT;
  if ((await ports.store.readCursors(scope)).some((cursor) => cursor.stream === stream)) return;
  throw new ProblemError(
    404,
    'folder_unknown',
    'There is no such contact folder: GET .../contact-folders lists those there are',
  );
}

/** When a first sync is looked at again. */
const RETRY_AFTER_MS = 10_000;

/** 409 until the first sync is through: before, nobody can tell whether Outlook has a contact already. */
export function demandBaselined(head: Pick<Head, 'baselined'>): void {
  if (head.baselined) return;
  throw new ProblemError(409, 'first_sync_running', 'The first sync of contacts is not through; try again later', {
    retryAfterMs: RETRY_AFTER_MS,
  });
}
