import { z } from '@hono/zod-openapi';
import type { EngineRecord } from '../../engine/model.ts';
import { readStanding } from '../../engine/standing.ts';
import { ProblemError } from '../../errors.ts';
import { messageQuery, type MessageFilters } from '../../domains/mail/queries.ts';
import type { WellKnown } from '../../domains/mail/well-known.ts';
import { demandStaying } from '../connections/find-connection.ts';
import { answering } from '../idempotency/answering.ts';
import { demandFolder, folderIdOf, openMail } from '../mail/open-mail.ts';
import { patchMessage } from '../mail/patch-message.ts';
import { readBody } from '../mail/read-body.ts';
import { readList } from '../read-list.ts';
import { showMessage } from '../mail/show.ts';
import { messagePatch, messageView, messageWithBodyView } from '../mail/schemas.ts';
import { fromCursor, pageQuery, toCursor } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { connectionParams, idParam, instant, pageOf } from '../router/common-schemas.ts';
import {
  answer,
  badBody,
  conflict,
  createRouter,
  describeRoute,
  jsonBody,
  missing,
  refusals,
  rejected,
  type Router,
} from '../router/create-router.ts';
import { demandOrder } from '../router/validate-request.ts';

const tags = ['Mail'];
const messageParams = connectionParams.extend({ messageId: idParam });

const list = describeRoute({
  method: 'get',
  path: '/api/connections/{id}/messages',
  summary: 'List messages, newest first',
  tags,
  request: {
    params: connectionParams,
    query: z.object({
      ...pageQuery,
      folder: z
        .string()
        .min(1)
        .max(500)
        .optional()
        .meta({ description: "Graph's id or a well-known name; 404 `folder_unknown` for another" }),
      label: z.string().min(1).max(255).optional(),
      unread: z.enum(['true', 'false']).optional(),
      from: z.string().min(1).max(320).optional().meta({ description: "The sender's address" }),
      since: instant.optional().meta({ description: 'Received then or later' }),
      until: instant.optional().meta({ description: 'Received before' }),
      include: z
        .string()
        .refine(() => false, 'is for a single message')
        .optional()
        .meta({ description: 'Not here: for a single message' }),
    }),
  },
  responses: { 200: answer('A page of messages', pageOf(messageView)), ...refusals, ...missing },
});

const one = describeRoute({
  method: 'get',
  path: '/api/connections/{id}/messages/{messageId}',
  summary: 'Read a message',
  tags,
  request: { params: messageParams, query: z.object({ include: z.literal('body').optional() }) },
  responses: { 200: answer('The message', messageWithBodyView), ...refusals, ...missing, ...conflict, ...rejected },
});

const patch = describeRoute(
  {
    method: 'patch',
    operationId: 'updateMessage',
    path: '/api/connections/{id}/messages/{messageId}',
    summary: 'Change a message',
    description: 'It stands changed here at once, and goes to Microsoft 365 by itself.',
    tags,
    request: { params: messageParams, body: jsonBody(messagePatch) },
    responses: {
      200: answer('The message as it stands now', messageView),
      ...refusals,
      ...missing,
      ...conflict,
      ...badBody,
    },
  },
  { commitsIn: 'mail' },
);

/** `/connections/{id}/messages` and `/connections/{id}/messages/{messageId}`. */
export function messages(ports: ApiPorts): Router {
  return createRouter(ports)
    .openapi(list, async (context) => {
      const { id } = context.req.valid('param');
      const { limit, cursor, ...filters } = context.req.valid('query');
      demandOrder('query', filters);
      const mail = await openMail(ports, context.get('key'), id);
      const name = ['messages', id, JSON.stringify(Object.entries(filters).toSorted())];
      const plan = messageQuery(toFilters(filters, mail.wellKnown), mail.wellKnown);
      const page = await readList(ports, mail.scope, plan, { limit, after: fromCursor(name, cursor) });
      if (cursor === undefined && page.items.length === 0) await demandFolder(ports, mail, filters.folder);
      const items = page.items.map((item) => messageView.parse(item));
      return context.json({ items, nextCursor: toCursor(name, page.next) }, 200);
    })
    .openapi(one, async (context) => {
      const { id, messageId } = context.req.valid('param');
      const { include } = context.req.valid('query');
      const mail = await openMail(ports, context.get('key'), id);
      const record = await readMessage(ports, id, messageId);
      const message = showMessage(mail, record);
      if (include === undefined || record.graphId === null) return context.json(message, 200);
      return context.json({ ...message, body: await readBody(ports, mail.connection, record.graphId) }, 200);
    })
    .openapi(patch, async (context) => {
      const { id, messageId } = context.req.valid('param');
      const mail = await openMail(ports, context.get('key'), id);
      demandStaying(mail.connection);
      await readMessage(ports, id, messageId);
      const domain = ports.domains['mail']?.domain;
      const show = (record: EngineRecord): Message => showMessage(mail, record);
      const request = { recordId: messageId, patch: context.req.valid('json'), ...answering(context, 200, show) };
      const record = domain === undefined ? null : await patchMessage(ports, domain, mail, request);
      if (record === null) throw unknown();
      return context.json(show(record), 200);
    });
}

type Query = z.output<typeof list.request.query>;
type Message = z.output<typeof messageView>;

const toFilters = (
  { folder, label, unread, from, since, until }: Omit<Query, 'limit' | 'cursor'>,
  wellKnown: WellKnown,
): MessageFilters => ({
  ...(folder === undefined ? {} : { folder: folderIdOf(wellKnown, folder) }),
  ...(label === undefined ? {} : { label }),
  ...(unread === undefined ? {} : { unread: unread === 'true' }),
  ...(from === undefined ? {} : { from }),
  ...(since === undefined ? {} : { since: new Date(since) }),
  ...(until === undefined ? {} : { until: new Date(until) }),
});

async function readMessage(ports: ApiPorts, connectionId: string, id: string): Promise<EngineRecord> {
  const record = await readStanding(ports.store, { connectionId, domain: 'mail' }, id);
  if (record?.kind !== 'message') throw unknown();
  return record;
}

const unknown = (): ProblemError => new ProblemError(404, 'message_unknown', 'There is no such message');
