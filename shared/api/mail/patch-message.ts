import { updateOf, type AnswerOnce } from '../../engine/local-write.ts';
import type { EngineRecord } from '../../engine/model.ts';
import type { Fields } from '../../lib/json.ts';
import type { ApiPorts, RegisteredDomain } from '../ports.ts';
import { invalid } from '../router/validate-request.ts';
import { folderIdOf, hasFolder, type OpenMail } from './open-mail.ts';
import { writeRecord } from '../write-record.ts';
import type { MessagePatch } from './schemas.ts';

/** Writes a change of a message. Answers the record as it stands now; null where there is none. */
export async function patchMessage(
  ports: ApiPorts,
  domain: RegisteredDomain['domain'],
  mail: OpenMail,
  request: { readonly recordId: string; readonly patch: MessagePatch; readonly once?: AnswerOnce },
): Promise<EngineRecord | null> {
  const { patch, recordId, ...write } = request;
  const fields = await toFields(ports, mail, patch);
  return writeRecord(ports, domain, mail, { ...write, intend: updateOf(recordId, 'update', fields) });
}

async function toFields(ports: ApiPorts, mail: OpenMail, patch: MessagePatch): Promise<Fields> {
  const { folder, isRead, flag, categories } = patch;
  const folderId = folder === undefined ? undefined : folderIdOf(mail.wellKnown, folder);
  if (folderId !== undefined && !(await hasFolder(ports, mail, folderId)))
    throw invalid([{ path: 'body.folder', message: 'is no folder of this mailbox' }]);
  return {
    ...(isRead === undefined ? {} : { isRead }),
    ...(flag === undefined ? {} : { flag }),
    ...(categories === undefined ? {} : { categories: [...new Set(categories)] }),
    ...(folderId === undefined ? {} : { folderId }),
  };
}
