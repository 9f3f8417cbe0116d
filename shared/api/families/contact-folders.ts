import { z } from '@hono/zod-openapi';
import { folderQuery } from '../../domains/contacts/queries.ts';
import type { Fields } from '../../lib/json.ts';
import { openContacts } from '../contacts/open-contacts.ts';
import { contactFolderView } from '../contacts/schemas.ts';
import { showDefaultFolder, showFolder } from '../contacts/show.ts';
import { readList } from '../read-list.ts';
import { fromCursor, pageQuery, toCursor } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { connectionParams, pageOf } from '../router/common-schemas.ts';
import { answer, createRouter, describeRoute, missing, refusals, type Router } from '../router/create-router.ts';

const list = describeRoute({
  method: 'get',
  path: '/api/connections/{id}/contact-folders',
  summary: 'List the contact folders, the default one first, the others by name',
  tags: ['Contacts'],
  request: { params: connectionParams, query: z.object(pageQuery) },
  responses: { 200: answer('A page of contact folders', pageOf(contactFolderView)), ...refusals, ...missing },
});

/** The place in the list between the default folder and those that Graph lists. */
const LISTED = 'listed';

/** `GET /connections/{id}/contact-folders`. */
export function contactFolders(ports: ApiPorts): Router {
  return createRouter(ports).openapi(list, async (context) => {
    const { id } = context.req.valid('param');
    const { limit, cursor } = context.req.valid('query');
    const { scope, notes } = await openContacts(ports, context.get('key'), id);
    const name = ['contact-folders', id];
    const after = fromCursor(name, cursor);
    const cursors = new Map((await ports.store.readCursors(scope)).map((stream) => [stream.stream, stream]));
    const first = after === null ? [showDefaultFolder(notes, cursors)] : [];
    if (limit === first.length) return context.json({ items: first, nextCursor: toCursor(name, LISTED) }, 200);
    const keep = (item: Fields): boolean => item['id'] !== notes.defaultFolderId;
    const listed = { limit: limit - first.length, after: after === LISTED ? null : after };
    const page = await readList(ports, scope, { query: folderQuery, keep }, listed);
    const items = [...first, ...page.items.map((item) => showFolder(item, notes, cursors))];
    return context.json({ items, nextCursor: toCursor(name, page.next) }, 200);
  });
}
