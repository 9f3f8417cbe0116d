import type { Domain } from '../../engine/domain.ts';
import { contactKind } from './contact.ts';
import { DEFAULT_NAME, folderKind } from './folder.ts';
import { readNotes, toNotes } from './notes.ts';
import { contactPush } from './push.ts';
import { learnFolders, planContacts } from './streams.ts';

/** What the user must have agreed to. */
export const RIGHT = 'contacts.readwrite';

/** Outlook contacts over Graph: a stream for the folders, one for the default folder, and one for each other folder's contacts. */
export const contacts: Domain = {
  name: 'contacts',
  needs: [RIGHT],
  namedKind: 'contact',
  policy: 'remote',
  push: contactPush,
  plan: planContacts,
  kinds(notes) {
    const noted = readNotes(notes);
    return { folder: folderKind(noted), contact: contactKind(noted) };
  },
  learn(stream, items, notes) {
    const learnt = learnFolders(stream, items, readNotes(notes));
    return learnt === undefined ? undefined : toNotes(learnt);
  },
  leftDetails(fields, notes) {
    const folderId = typeof fields['folderId'] === 'string' ? fields['folderId'] : '';
    return { folderId, wellKnownName: folderId === readNotes(notes).defaultFolderId ? DEFAULT_NAME : null };
  },
};
