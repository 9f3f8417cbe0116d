import type { Domain } from '../../engine/domain.ts';
import type { Json } from '../../lib/json.ts';
import { folderKind } from './folder.ts';
import { messageKind } from './message.ts';
import { mailPush } from './push.ts';
import { planMail } from './streams.ts';
import { readNotes, wellKnownNameOf } from './well-known.ts';

/** Outlook mail over Graph: a stream for the folders, and one for each chosen folder's messages. */
export const mail: Domain = {
  name: 'mail',
  namedKind: 'message',
  policy: 'remote',
  push: mailPush,
  plan: planMail,
  kinds(notes: Json) {
    const wellKnown = readNotes(notes) ?? {};
    return { folder: folderKind(wellKnown), message: messageKind(wellKnown) };
  },
  leftDetails(fields, notes) {
    const folderId = typeof fields['folderId'] === 'string' ? fields['folderId'] : '';
    return { folderId, wellKnownName: wellKnownNameOf(readNotes(notes) ?? {}, folderId) };
  },
};
