import { z } from '@hono/zod-openapi';
import { causeSchema, type Change } from '../../engine/model.ts';
import { findConnection } from '../connections/find-connection.ts';
import { toBookmark } from '../feed/bookmark.ts';
import { joinChanges } from '../feed/join-changes.ts';
import { readFeed } from '../feed/read-feed.ts';
import { pageQuery } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { connectionParams, time } from '../router/common-schemas.ts';
import { answer, createRouter, describeRoute, gone, missing, refusals, type Router } from '../router/create-router.ts';
import { invalid } from '../router/validate-request.ts';

const fields = z.record(z.string(), z.unknown());

const item = z
  .looseObject({
    seq: z.number().int().meta({ description: 'Counts up within the domain, without gaps' }),
    type: z.string(),
    domain: z.string(),
    id: z.string().nullable(),
    graphId: z.string().nullable(),
    cause: causeSchema,
    changed: z.array(z.string()),
    before: fields.nullable().meta({ description: 'The whole record as it was; null where there was none' }),
    after: fields.nullable().meta({ description: 'The whole record as it is; null where it is gone' }),
    at: time,
  })
  .openapi('Change', {
    example: {
      seq: 42,
      type: 'message.updated',
      domain: 'mail',
      id: 'LgXmFoQl9uUtklmk4dXtMR',
      graphId: 'AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A...',
      cause: 'push',
      changed: ['isRead'],
      before: { id: 'LgXmFoQl9uUtklmk4dXtMR', subject: 'Lunch?', isRead: false },
      after: { id: 'LgXmFoQl9uUtklmk4dXtMR', subject: 'Lunch?', isRead: true },
      at: '2026-01-05T09:30:00.000Z',
    },
  });

const feed = describeRoute({
  method: 'get',
  path: '/api/connections/{id}/changes',
  summary: 'Read the change feed',
  description:
    'In order within a domain. Send the `nextCursor` of the answer before as `after`; it is never null: at the end `items` is empty and `nextCursor` stays a bookmark. `after=latest` gives a bookmark of now. Types add members of their own: `reason` and `folderId` on `message.deleted`, `losing` on `*.conflict`, `counts` and `streams` on `sync.baseline_completed`, `calendarId` or `folderId` on `sync.stream_removed`.',
  tags: ['Feed'],
  request: {
    params: connectionParams,
    query: z.object({
      limit: pageQuery.limit,
      after: z
        .string()
        .min(1)
        .max(2_000)
        .optional()
        .meta({ description: '`nextCursor` of the answer before, or `latest`; without it: the oldest change kept' }),
      domain: z.string().min(1).max(40).optional(),
    }),
  },
  responses: {
    200: answer('The next changes', z.object({ items: z.array(item), nextCursor: z.string() })),
    ...refusals,
    ...missing,
    ...gone,
  },
});

const show = ({ details, ...change }: Change): z.output<typeof item> => ({ ...details, ...change });

/** `GET /connections/{id}/changes`. */
export function changes(ports: ApiPorts): Router {
  return createRouter(ports).openapi(feed, async (context) => {
    const { id } = context.req.valid('param');
    const { after, domain, limit } = context.req.valid('query');
    const { connection } = await findConnection(ports, context.get('key'), id);
    const all = [...connection.domains, 'connection'];
    if (domain !== undefined && !all.includes(domain))
      throw invalid([{ path: 'query.domain', message: `is not a domain of this connection: ${all.join(', ')}` }]);
    const page = await readFeed(ports, connection, domain === undefined ? all : [domain], { after, limit });
    const joined = await joinChanges(ports, id, page.changes);
    return context.json({ items: joined.map(show), nextCursor: toBookmark(connection, page.positions) }, 200);
  });
}
