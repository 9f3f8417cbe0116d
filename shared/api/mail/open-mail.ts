import type { ApiKey } from '../../config.ts';
import { readNotes, type WellKnown } from '../../domains/mail/well-known.ts';
import type { Connection } from '../../engine/connection.ts';
import type { Scope } from '../../engine/model.ts';
import type { Json } from '../../lib/json.ts';
import { findWithDomain } from '../connections/find-connection.ts';
import type { ApiPorts } from '../ports.ts';

/** The mail of a connection, as a request finds it. */
export interface OpenMail {
  readonly connection: Connection;
  readonly scope: Scope;
  /** What the domain noted; null before its first round. */
  readonly notes: Json;
  readonly wellKnown: WellKnown;
}

/** 404 where there is no such connection for this key, or it does not sync mail. */
export async function openMail(ports: ApiPorts, key: ApiKey, connectionId: string): Promise<OpenMail> {
  const { connection } = await findWithDomain(ports, key, connectionId, 'mail');
  const scope = { connectionId, domain: 'mail' };
  const notes = (await ports.store.readHead(scope))?.head.notes ?? null;
  return { connection, scope, notes, wellKnown: readNotes(notes) ?? {} };
}

/** Graph's id of a folder that is given by id or by well-known name, in any case. */
export function folderIdOf(wellKnown: WellKnown, idOrName: string): string {
  const name = idOrName.toLowerCase();
  return Object.entries(wellKnown).find(([known]) => known === name)?.[1] ?? idOrName;
}
