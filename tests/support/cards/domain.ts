import { z } from 'zod';
import { type Domain, type Kind, type PushOutcome } from '../../../shared/engine/domain.ts';
import { mayHaveArrived } from '../../../shared/engine/outbox-rows.ts';
import type { EngineRecord, OutboxOperation } from '../../../shared/engine/model.ts';
import type { Source } from '../../../shared/engine/ports.ts';
import type { SetField } from '../../../shared/engine/sets.ts';
import { ConflictError, GoneError } from '../../../shared/errors.ts';
import { sameJson, type Json } from '../../../shared/lib/json.ts';

const entry = z.object({ address: z.string(), note: z.string().optional() });
const wire = z.object({
  id: z.string(),
  removed: z.boolean().optional(),
  etag: z.string().optional(),
  modifiedAt: z.string().optional(),
  folderId: z.string().optional(),
  marker: z.string().nullish(),
  name: z.string().optional(),
  note: z.string().optional(),
  mails: z.array(entry).optional(),
  phones: z.array(z.string()).optional(),
});

const keyOf = (value: Json): string => {
  const read = entry.safeParse(value);
  return (read.success ? read.data.address : JSON.stringify(value)).toLowerCase();
};
/** Lists that are merged entry by entry. */
export const sets = { mails: { keyOf, limit: 3 }, phones: { keyOf } } satisfies Record<string, SetField>;
const keysOf = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.map((one: Json) => keyOf(one)) : [];

export const card: Kind = {
  name: 'card',
  feed: true,
  defaults: { folderId: 'A', name: '', note: '', mails: [], phones: [] },
  placeFields: ['folderId'],
  quietFields: [],
  placeOf: ({ folderId }) => (typeof folderId === 'string' ? folderId : undefined),
  itemPath: (graphId) => `/cards/${graphId}`,
  shrink: (fields) => ({ ...fields, note: '' }),
  sets,
  matchKeys: (fields) => [keysOf(fields['mails']), keysOf(fields['phones'])],
  decode(raw, whole) {
    const { id, removed, etag = null, modifiedAt = null, marker = null, ...rest } = wire.parse(raw);
    if (removed === true) return { type: 'removed', graphId: id };
    const fields = z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(rest)));
    return {
      ...{ type: 'item', graphId: id, etag, modifiedAt, fields, partial: false },
      ...(whole ? { origin: marker } : {}),
    };
  },
  index: (record) => [
    {
      order: `c:${JSON.stringify(record.fields['name'])}`,
      id: record.id,
      item: card.show(record),
      columns: {},
    },
  ],
  show: ({ id, graphId, fields, own, refused }) => ({
    ...{ id, graphId, ...fields },
    pushed: refused !== undefined ? 'failed' : own.some(({ done }) => !done) ? 'pending' : 'done',
  }),
};

async function send(operation: OutboxOperation, record: EngineRecord, source: Source): Promise<PushOutcome> {
  const { effect, fields, op } = operation;
  if (effect === 'create') {
    const made = mayHaveArrived(operation) ? await marked(source, op) : undefined;
    if (made !== undefined) return done(made);
    return done(await source.write({ method: 'POST', path: '/cards', body: { ...fields, marker: op } }));
  }
  const path = `/cards/${record.graphId ?? ''}`;
  if (effect === undefined && mayHaveArrived(operation)) {
    const now = await source.get(path);
    const held = card.decode(now, true);
    if (held.type === 'item' && Object.entries(fields).every(([name, value]) => sameJson(held.fields[name], value)))
      return done(now);
  }
  const ifMatch = record.etag ?? '';
  const write = effect === 'delete' ? { method: 'DELETE' as const } : { method: 'PATCH' as const, body: fields };
  return done(await source.write({ ...write, path, ifMatch }));
}

async function marked(source: Source, op: string): Promise<unknown> {
  for await (const [made] of source.list(`/marked/${op}`)) return made;
  return undefined;
}

const done = (item: unknown): PushOutcome => ({ outcome: 'done', item });

/** A made-up domain with records that go both ways: cards in two folders. */
export const cardsDomain = (more: Partial<Domain> = {}): Domain => ({
  name: 'cards',
  namedKind: 'card',
  policy: 'remote',
  kinds: () => ({ card }),
  plan: () =>
    Promise.resolve(
      ['A', 'B'].map((id) => ({
        ...{ id, kind: 'card', label: id, root: false, first: { path: `/delta/${id}` } },
        ...{ expected: null, idsPath: `/ids/${id}`, containerPath: null },
      })),
    ),
  leftDetails: (fields) => ({ folderId: fields['folderId'] ?? null }),
  push: {
    async push(operation, record, source) {
      try {
        return await send(operation, record, source);
      } catch (error) {
        if (error instanceof GoneError) return { outcome: 'gone' };
        if (!(error instanceof ConflictError)) throw error;
        return { outcome: 'changed', item: await source.get(`/cards/${record.graphId ?? ''}`) };
      }
    },
  },
  ...more,
});
