import type { ApiKey } from '../../config.ts';
import { folderQuery } from '../../domains/mail/queries.ts';
import { readNotes, wellKnownNames, type WellKnown } from '../../domains/mail/well-known.ts';
import type { Connection } from '../../engine/connection.ts';
import type { Scope } from '../../engine/model.ts';
import { ProblemError } from '../../errors.ts';
import type { Fields, Json } from '../../lib/json.ts';
import { findWithDomain } from '../connections/find-connection.ts';
import type { ApiPorts } from '../ports.ts';
import { listHas } from '../read-list.ts';

/** The mail of a connection, as a request finds it. */
export interface OpenMail {
  readonly connection: Connection;
  readonly scope: Scope;
  /** What the domain noted; null before its first round. */
  readonly notes: Json;
  readonly wellKnown: WellKnown;
  /** Whether the first reading is through: before, nobody can tell what the mailbox has not. */
  readonly baselined: boolean;
}

/** 404 where there is no such connection for this key, or it does not sync mail. */
export async function openMail(ports: ApiPorts, key: ApiKey, connectionId: string): Promise<OpenMail> {
  const { connection } = await findWithDomain(ports, key, connectionId, 'mail');
  const scope = { connectionId, domain: 'mail' };
  const head = (await ports.store.readHead(scope))?.head;
  const notes = head?.notes ?? null;
  return { connection, scope, notes, wellKnown: readNotes(notes) ?? {}, baselined: head?.baselined ?? false };
}

/** Graph's id of a folder that is given by id or by well-known name, in any case. */
export function folderIdOf(wellKnown: WellKnown, idOrName: string): string {
  const name = idOrName.toLowerCase();
  return Object.entries(wellKnown).find(([known]) => known === name)?.[1] ?? idOrName;
}

/** Whether the mailbox lists a folder of this id, synced or not. */
export const hasFolder = (
  ports: Pick<ApiPorts, 'store'>,
  { scope }: Pick<OpenMail, 'scope'>,
  folderId: string,
): Promise<boolean> => listHas(ports, scope, { query: folderQuery, keep: (item: Fields) => item['id'] === folderId });

/**
 * Throws 404 for a folder that there is not: a misspelt one would else hold nothing for good. A well-known name is none that
 * is misspelt, though a mailbox may have such a folder only once it is used (`archive`).
 */
export async function demandFolder(
  ports: Pick<ApiPorts, 'store'>,
  mail: OpenMail,
  idOrName: string | undefined,
): Promise<void> {
  if (idOrName === undefined || !mail.baselined || wellKnownNames.includes(idOrName.toLowerCase())) return;
  if (await hasFolder(ports, mail, folderIdOf(mail.wellKnown, idOrName))) return;
  throw new ProblemError(
    404,
    'folder_unknown',
    'There is no such folder in this mailbox: GET .../folders lists those there are',
  );
}
