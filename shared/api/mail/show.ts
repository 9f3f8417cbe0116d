import type { z } from 'zod';
import { streamOfFolder } from '../../domains/mail/folder.ts';
import { messageKind } from '../../domains/mail/message.ts';
import type { EngineRecord } from '../../engine/model.ts';
import type { Fields } from '../../lib/json.ts';
import type { OpenMail } from './open-mail.ts';
import { folderView, messageView } from './schemas.ts';

/** A message's record as the API shows it. */
export const showMessage = (mail: OpenMail, record: EngineRecord): z.output<typeof messageView> =>
  messageView.parse(messageKind(mail.wellKnown).show(record));

/** A folder of the index as the API shows it: it is synced where it has a stream. */
export function showFolder(item: Fields, streams: ReadonlySet<string>): z.output<typeof folderView> {
  const id = typeof item['id'] === 'string' ? item['id'] : '';
  return folderView.parse({ ...item, synced: streams.has(streamOfFolder(id)) });
}
