import { z } from '@hono/zod-openapi';
import { openMail } from '../mail/open-mail.ts';
import { readLabels } from '../mail/read-labels.ts';
import { labelView } from '../mail/schemas.ts';
import { fromCursor, pageQuery, toCursor } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { connectionParams, pageOf } from '../router/common-schemas.ts';
import {
  answer,
  conflict,
  createRouter,
  describeRoute,
  missing,
  refusals,
  rejected,
  type Router,
} from '../router/create-router.ts';

const list = describeRoute({
  method: 'get',
  path: '/api/connections/{id}/labels',
  summary: 'List labels: the standing ones, and categories with their colours',
  description: 'Categories are read from Microsoft 365 for this answer.',
  tags: ['Mail'],
  request: { params: connectionParams, query: z.object(pageQuery) },
  responses: { 200: answer('A page of labels', pageOf(labelView)), ...refusals, ...missing, ...conflict, ...rejected },
});

/** `GET /connections/{id}/labels`. */
export function labels(ports: ApiPorts): Router {
  return createRouter(ports).openapi(list, async (context) => {
    const { id } = context.req.valid('param');
    const { limit, cursor } = context.req.valid('query');
    const mail = await openMail(ports, context.get('key'), id);
    const name = ['labels', id];
    const from = Number(fromCursor(name, cursor, /^\d{1,9}$/) ?? 0);
    const all = await readLabels(ports, mail.connection);
    const next = from + limit < all.length ? String(from + limit) : null;
    return context.json({ items: all.slice(from, from + limit), nextCursor: toCursor(name, next) }, 200);
  });
}
