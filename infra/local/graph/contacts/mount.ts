import { randomUUID } from 'node:crypto';
import { DeltaTokens } from '../delta/token.ts';
import { deltaPage } from '../delta/walk.ts';
import type { GraphRoutes } from '../http.ts';
import { needs } from '../routes/needs.ts';
import { contactSource } from './delta.ts';
import { contactFolderSource } from './folder-delta.ts';
import { mountContactFolders } from './folder-routes.ts';
import { mountContactPhotos } from './photo-routes.ts';
import { folderOf, mountContactItems } from './routes.ts';

/** Contacts by Graph: items, folders, photos and the delta functions of both. */
export function mountContacts(graph: GraphRoutes): void {
  mountContactItems(graph);
  mountContactFolders(graph);
  mountContactPhotos(graph);
  const tokens = new DeltaTokens(randomUUID());
  const { read } = needs.contacts;
  for (const prefix of ['/contacts', '/contactFolders/{contactFolder}/contacts']) {
    graph.onMailbox('GET', `${prefix}/delta`, read, (context) =>
      deltaPage(context, contactSource(context, folderOf(context)), tokens),
    );
  }
  graph.onMailbox('GET', '/contactFolders/delta', read, (context) =>
    deltaPage(context, contactFolderSource(context), tokens),
  );
}
