import { z } from '@hono/zod-openapi';
import type { AuditEntry } from '../../engine/audit.ts';
import { fromCursor, pageQuery, toCursor } from '../paging.ts';
import type { ApiPorts } from '../ports.ts';
import { demandScope } from '../router/authenticate.ts';
import { idParam, instant, pageOf, time } from '../router/common-schemas.ts';
import { answer, createRouter, describeRoute, refusals, type Router } from '../router/create-router.ts';
import { demandOrder } from '../router/validate-request.ts';

const entry = z
  .object({
    id: z.string(),
    at: time.meta({ description: 'When it began' }),
    actor: z.object({
      kind: z.string().meta({
        description: '`key`: an API key; `user`: somebody on the sign-in pages; `system`: the service by itself',
      }),
      name: z.string().nullable().meta({ description: 'Of the key, as API_KEYS has it' }),
    }),
    operation: z.string().meta({ description: 'The operationId of the route, or a word for an act of the service' }),
    on: z.record(z.string(), z.string()).meta({ description: 'Ids of what it was done to: `connectionId` ...' }),
    workspaceId: z.string().nullable(),
    changed: z.array(z.string()).meta({ description: 'Names of the members that were set; never their values' }),
    outcome: z.string().meta({
      description:
        '`done`, `refused`, `failed`, `replayed` (a stored answer was given), or `begun`: how it ended is not known',
    }),
    status: z.number().int().nullable().meta({ description: 'Of the answer' }),
    code: z.string().nullable().meta({ description: 'Of a refusal or failure' }),
    requestId: z.string().nullable(),
  })
  .openapi('AuditEntry', {
    example: {
      id: '8227555189999-Yw3QnTz0Zk5J',
      at: '2026-01-05T09:30:00.000Z',
      actor: { kind: 'key', name: 'app' },
      operation: 'updateConnection',
      on: { connectionId: 'p3s1Xv6r2kQm8TzYb0LcWd' },
      workspaceId: 'w-1',
      changed: ['settings.mail.folders'],
      outcome: 'done',
      status: 200,
      code: null,
      requestId: '0f5e9c0e-7f0a-4b0e-9f59-0a4a6ad2d1de',
    },
  });

const list = describeRoute({
  method: 'get',
  path: '/api/audit',
  operationId: 'listAudit',
  summary: 'Who changed what, newest first',
  description:
    'Every write by a key, refused ones as well, every sign-in, and what the service did by itself. For keys with the scope `admin`; one that is confined to workspaces sees what was done in these. Kept for AUDIT_RETENTION_DAYS.',
  tags: ['Operations'],
  request: {
    query: z.object({
      ...pageQuery,
      connectionId: idParam.optional(),
      key: z.string().min(1).max(100).optional().meta({ description: 'Name of an API key' }),
      since: instant.optional().meta({ description: 'Begun then or later' }),
      until: instant.optional().meta({ description: 'Begun before' }),
    }),
  },
  responses: { 200: answer('A page of the audit', pageOf(entry)), ...refusals },
});

/** `GET /audit`. */
export function audit(ports: ApiPorts): Router {
  return createRouter(ports).openapi(list, async (context) => {
    const key = context.get('key');
    demandScope(key, 'admin');
    const { limit, cursor, ...filters } = context.req.valid('query');
    const name = ['audit', JSON.stringify(Object.entries(filters).toSorted())];
    const { connectionId, key: keyName, since, until } = filters;
    demandOrder('query', filters);
    const page = await ports.audit.list({
      connectionId,
      key: keyName,
      since: since === undefined ? undefined : new Date(since),
      until: until === undefined ? undefined : new Date(until),
      workspaces: key.workspaces,
      limit,
      after: fromCursor(name, cursor),
    });
    return context.json({ items: page.entries.map(show), nextCursor: toCursor(name, page.next) }, 200);
  });
}

const show = ({ on, changed, ...rest }: AuditEntry): z.output<typeof entry> => ({
  ...rest,
  on: { ...on },
  changed: [...changed],
});
