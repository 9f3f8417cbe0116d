import { folderQuery } from '../../domains/mail/queries.ts';
import { updateOf, writeLocally, type AnswerOnce } from '../../engine/local-write.ts';
import type { EngineRecord } from '../../engine/model.ts';
import { codeOf } from '../../errors.ts';
import { plus } from '../../lib/clock.ts';
import type { Fields } from '../../lib/json.ts';
import type { ApiPorts, RegisteredDomain } from '../ports.ts';
import { invalid } from '../router/validate-request.ts';
import { folderIdOf, type OpenMail } from './open-mail.ts';
import { listHas } from './read-list.ts';
import type { MessagePatch } from './schemas.ts';

/** After this time a timer takes up a push whose message was lost. */
const COVER_MS = 60_000;

/**
 * Writes a change of a message here, and sees to it that Microsoft 365 hears of it: due row, commit, message.
 * Answers the record as it stands now; null where there is none.
 */
export async function patchMessage(
  ports: ApiPorts,
  domain: RegisteredDomain['domain'],
  mail: OpenMail,
  request: { readonly recordId: string; readonly patch: MessagePatch; readonly once?: AnswerOnce },
): Promise<EngineRecord | null> {
  const { scope } = mail;
  const { patch, recordId, ...write } = request;
  const fields = await toFields(ports, mail, patch);
  const dueAt = plus(ports.clock.now(), COVER_MS);
  const row = { kind: `${scope.domain}.push`, connectionId: scope.connectionId, dueAt };
  await ports.due.add(row);
  const written = await writeLocally(ports, domain, scope, {
    ...write,
    intend: updateOf(recordId, 'update', fields),
  });
  // The commit stands, and the due row covers what is left: a failure here only makes it later.
  try {
    if (written === null || written.operation === null) await ports.due.move(row, null);
    else await ports.queues.push({ ...scope, due: { kind: row.kind, at: dueAt.toISOString() } });
  } catch (error) {
    ports.log.warn('push.postponed', { 'error.code': codeOf(error) });
  }
  return written?.record ?? null;
}

async function toFields(ports: ApiPorts, mail: OpenMail, patch: MessagePatch): Promise<Fields> {
  const { folder, isRead, flag, categories } = patch;
  const folderId = folder === undefined ? undefined : folderIdOf(mail.wellKnown, folder);
  if (folderId !== undefined) {
    const plan = { query: folderQuery, keep: (item: Fields) => item['id'] === folderId };
    if (!(await listHas(ports, mail.scope, plan)))
      throw invalid([{ path: 'body.folder', message: 'is no folder of this mailbox' }]);
  }
  return {
    ...(isRead === undefined ? {} : { isRead }),
    ...(flag === undefined ? {} : { flag }),
    ...(categories === undefined ? {} : { categories: [...new Set(categories)] }),
    ...(folderId === undefined ? {} : { folderId }),
  };
}
