import { z } from 'zod';
import type { Domain, Kind } from '../../../shared/engine/domain.ts';
import { mayHaveArrived } from '../../../shared/engine/outbox-rows.ts';
import { groupKey } from '../../../shared/engine/ids.ts';
import type { EngineRecord, OutboxOperation } from '../../../shared/engine/model.ts';
import type { Source } from '../../../shared/engine/ports.ts';
import { ConflictError, GoneError } from '../../../shared/errors.ts';
import { sameJson, type Fields, type Json } from '../../../shared/lib/json.ts';
import type { Days } from './shown.ts';

const roomWire = z.object({ id: z.string(), name: z.string(), etag: z.string() });
const wire = z.object({
  id: z.string(),
  removed: z.boolean().optional(),
  etag: z.string().nullable().default(null),
  modifiedAt: z.string().nullable().default(null),
  marker: z.string().nullable().default(null),
  type: z.enum(['single', 'head', 'part']).optional(),
  room: z.string().optional(),
  head: z.string().optional(),
  text: z.string().optional(),
  day: z.number().optional(),
  days: z.array(z.number()).optional(),
  off: z.array(z.string()).optional(),
  also: z.array(z.number()).optional(),
  slot: z.number().optional(),
  unclear: z.boolean().optional(),
});
const fieldsWire = z.record(z.string(), z.json());

export const streamOf = (room: string): string => `in-${room}`;
export const windowText = ({ from, to }: Days): string => `${from}/${to}`;

const room: Kind = {
  name: 'room',
  feed: true,
  defaults: { name: '' },
  placeFields: [],
  quietFields: [],
  placeOf: () => 'rooms',
  itemPath: (graphId) => `/rooms/${graphId}`,
  shrink: (fields) => fields,
  decode(raw) {
    const { id, name, etag } = roomWire.parse(raw);
    return { type: 'item', graphId: id, etag, modifiedAt: null, fields: { name }, partial: false };
  },
  index: ({ id, graphId, fields }) => [{ order: `r:${id}`, id, item: { id, graphId, ...fields }, columns: {} }],
  show: ({ id, graphId, fields }) => ({ id, graphId, ...fields }),
};

/** The days that an item takes place on. */
const daysOf = ({ day = null, days = null, also = null }: Fields): number[] => {
  const listed = (list: Json): readonly Json[] => {
    const all: readonly Json[] = Array.isArray(list) ? list : [];
    return all;
  };
  return [day, ...listed(days), ...listed(also)].filter((one) => typeof one === 'number');
};

const groupOf = ({ type, head }: Fields, graphId: string): string | null =>
  type === 'head' ? graphId : typeof head === 'string' ? head : null;

const lesson: Kind = {
  name: 'lesson',
  feed: true,
  defaults: { room: '', type: 'single', head: null, day: null, days: [], text: '', off: [], also: [], slot: null },
  placeFields: ['room'],
  // Where lessons of a series are that were moved by themselves: each tells so itself.
  quietFields: ['also'],
  placeOf: (fields) => (typeof fields['room'] === 'string' ? streamOf(fields['room']) : undefined),
  itemPath: (graphId) => `/lessons/${graphId}`,
  shrink: (fields) => ({ ...fields, text: '' }),
  decode(raw, whole) {
    const { id, removed, etag, modifiedAt, marker, unclear: hides, ...rest } = wire.parse(raw);
    if (removed === true) return { type: 'removed', graphId: id };
    const fields = fieldsWire.parse(JSON.parse(JSON.stringify(rest)));
    const needs = rest.type === 'part' ? (rest.head ?? null) : null;
    // One that is as its series has it does not say what it was before.
    const own = rest.type === 'part' ? { slot: null, ...fields } : fields;
    return {
      type: 'item',
      graphId: id,
      etag,
      modifiedAt,
      fields: own,
      partial: !whole && hides === true,
      origin: marker,
      needs,
    };
  },
  index(record) {
    const { id, fields, graphId, stream } = record;
    const group = graphId === null ? null : groupOf(fields, graphId);
    const order = `${fields['type'] === 'head' ? 'h' : 'l'}:${String(1000 + (daysOf(fields)[0] ?? 0))}`;
    return [
      {
        order,
        id,
        item: lesson.show(record),
        columns: { stream, ...(group === null ? {} : { series: groupKey(group) }) },
      },
    ];
  },
  show: ({ id, graphId, fields }) => ({ id, graphId, ...fields }),
  outside(fields, window) {
    const [from = 0, to = 0] = window.split('/').map(Number);
    const days = daysOf(fields);
    if (days.some((day) => day >= from && day < to)) return null;
    return days.some((day) => day >= to) ? 'ahead' : 'behind';
  },
  groupOf,
  groupColumn: 'series',
  slotOf: ({ slot = null, day = null }) => JSON.stringify(slot ?? day),
  emptySlots: 'off',
  sets: { off: { keyOf: String, ascending: true } },
};

/** A made-up domain of rooms, which come by a plain list, and lessons in them: within a window, single ones or in series. */
export const lessonsDomain = (days: () => Days, more: Partial<Domain> = {}): Domain => ({
  name: 'lessons',
  namedKind: 'lesson',
  policy: 'remote',
  kinds: () => ({ room, lesson }),
  plan: async (context) => {
    const none = { expected: null, idsPath: null, containerPath: null };
    const root = {
      ...none,
      id: 'rooms',
      kind: 'room',
      label: 'rooms',
      root: true,
      first: { path: '/rooms' },
      listed: true as const,
    };
    const rooms = (await context.entries('r')).map(({ item }) => z.string().parse(item['graphId']));
    const { from, to } = days();
    return [
      root,
      ...rooms.map((id) => ({
        ...{ ...none, id: streamOf(id), kind: 'lesson', label: id, root: false, containerPath: `/rooms/${id}` },
        ...{ first: { path: `/lessons/${id}/${from}/${to}` }, window: windowText({ from, to }) },
      })),
    ];
  },
  leftDetails: ({ day = null, days = null }) => ({ day, days }),
  push: {
    async push(operation, record, source) {
      try {
        return { outcome: 'done', item: await send(operation, record, source) };
      } catch (error) {
        if (error instanceof GoneError) return { outcome: 'gone' };
        if (!(error instanceof ConflictError)) throw error;
        return { outcome: 'changed', item: await source.get(`/lessons/${record.graphId ?? ''}`) };
      }
    },
  },
  ...more,
});

async function send(operation: OutboxOperation, record: EngineRecord, source: Source): Promise<unknown> {
  const { effect, fields, op } = operation;
  if (effect === 'create') {
    const made = mayHaveArrived(operation) ? await marked(source, op) : undefined;
    if (made !== undefined) return made;
    return source.write({ method: 'POST', path: '/lessons', body: { ...fields, marker: op } });
  }
  const path = `/lessons/${record.graphId ?? ''}`;
  if (effect === undefined && mayHaveArrived(operation)) {
    const now = await source.get(path);
    const held = lesson.decode(now, true);
    if (held.type === 'item' && Object.entries(fields).every(([name, value]) => sameJson(held.fields[name], value)))
      return now;
  }
  const write = effect === 'delete' ? { method: 'DELETE' as const } : { method: 'PATCH' as const, body: fields };
  return source.write({ ...write, path, ...(record.etag === null ? {} : { ifMatch: record.etag }) });
}

async function marked(source: Source, op: string): Promise<unknown> {
  for await (const [made] of source.list(`/marked/${op}`)) return made;
  return undefined;
}
