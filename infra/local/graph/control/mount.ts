import { mountControlContactFolders } from '../contacts/control-folders.ts';
import { mountControlContacts } from '../contacts/control.ts';
import type { Site } from '../http.ts';
import { mountControlFolders } from './folders.ts';
import { mountImport } from './import.ts';
import { mountMail } from './messages.ts';
import { mountServerState } from './server-state.ts';
import type { ServerParts } from './server-state.ts';
import { mountSnapshot } from './snapshot.ts';
import { mountUsers } from './users.ts';

/** The control API, but for the parts that sign-in and subscriptions bring with them. */
export function mountControl(site: Site, parts: ServerParts): void {
  mountUsers(site);
  mountMail(site);
  mountImport(site);
  mountControlFolders(site);
  mountControlContacts(site);
  mountControlContactFolders(site);
  mountSnapshot(site);
  mountServerState(site, parts);
}
