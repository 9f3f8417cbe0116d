import { folderQuery } from '../../domains/mail/queries.ts';
import { openMail } from '../mail/open-mail.ts';
import { readList } from '../read-list.ts';
import { folderView } from '../mail/schemas.ts';
import { showFolder } from '../mail/show.ts';
import { fromCursor, pageQuery, toCursor } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { z } from '@hono/zod-openapi';
import { connectionParams, pageOf } from '../router/common-schemas.ts';
import { answer, createRouter, describeRoute, missing, refusals, type Router } from '../router/create-router.ts';

const list = describeRoute({
  method: 'get',
  path: '/api/connections/{id}/folders',
  summary: 'List the folders of the mailbox',
  tags: ['Mail'],
  request: { params: connectionParams, query: z.object(pageQuery) },
  responses: { 200: answer('A page of folders', pageOf(folderView)), ...refusals, ...missing },
});

/** `GET /connections/{id}/folders`. */
export function folders(ports: ApiPorts): Router {
  return createRouter(ports).openapi(list, async (context) => {
    const { id } = context.req.valid('param');
    const { limit, cursor } = context.req.valid('query');
    const mail = await openMail(ports, context.get('key'), id);
    const name = ['folders', id];
    const plan = { query: folderQuery, keep: () => true };
    const page = await readList(ports, mail.scope, plan, { limit, after: fromCursor(name, cursor) });
    const streams = new Set((await ports.store.readCursors(mail.scope)).map((stream) => stream.stream));
    const items = page.items.map((item) => showFolder(item, streams));
    return context.json({ items, nextCursor: toCursor(name, page.next) }, 200);
  });
}
