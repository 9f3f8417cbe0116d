import { describe, expect, it } from 'vitest';
import type { Kind } from '../../shared/engine/domain.ts';
import { hintEffect, type EffectContext } from '../../shared/engine/effects.ts';
import { itemEffect } from '../../shared/engine/item-effect.ts';
import type { Cursor, EngineRecord, Hint, OutboxOperation } from '../../shared/engine/model.ts';
import type { Json } from '../../shared/lib/json.ts';
import { removeRecord } from '../../shared/engine/record-rows.ts';
import { sampleCursor, sampleRecord } from '../support/sample-rows.ts';

const kind: Kind = {
  name: 'message',
  feed: true,
  defaults: {},
  placeFields: ['folderId'],
  quietFields: [],
  placeOf: ({ folderId }) => (typeof folderId === 'string' ? folderId : undefined),
  decode: () => ({ type: 'removed', graphId: '' }),
  index: () => [],
  show: ({ id, fields }) => ({ id, ...fields }),
  shrink: (fields) => fields,
  itemPath: (graphId) => `/${graphId}`,
};

const now = new Date('2026-01-01T00:00:00Z');
const cursors = new Map<string, Cursor>([
  ['told', sampleCursor('told', { phase: 'delta', baselined: true, told: true })],
  ['late', sampleCursor('late', { generation: 3 })],
]);
const context = (more: Partial<EffectContext> = {}): EffectContext => ({
  connectionId: 'c',
  store: { sizeOf: () => 100 },
  kind,
  cursors,
  hints: new Map(),
  outbox: new Map(),
  creates: [],
  policy: 'remote',
  cause: 'poll',
  silent: false,
  now,
  authoritative: true,
  ...more,
});
const item = (fields: EngineRecord['fields'], more: { readonly modifiedAt?: string } = {}) => ({
  type: 'item' as const,
  graphId: 'AAMk-m',
  etag: 'e2',
  modifiedAt: more.modifiedAt ?? '2026-01-01T00:00:00Z',
  fields,
  partial: false,
});
const types = (effect: ReturnType<typeof itemEffect>): string[] => effect.feed.map((row) => row.type);
const kept = (effect: ReturnType<typeof itemEffect>): EngineRecord => {
  const write = effect.writes.find((one) => one.row === 'record' && 'put' in one);
  if (write?.row !== 'record' || !('put' in write)) throw new Error('no record was written');
  return write.put;
};

describe('a folder that is read for the first time after the first sync', () => {
  const record = sampleRecord('m', { stream: 'told', fields: { folderId: 'told', subject: 'Known' } });

  it('tells what becomes of a message that moved into it, since the feed knows that message', () => {
    const moved = itemEffect(context(), 'late', record, item({ folderId: 'late', subject: 'Known' }));
    expect(types(moved)).toEqual(['message.moved']);
    const there = kept(moved);
    expect(there).toMatchObject({ stream: 'late', generation: 3 });
    const changed = itemEffect(context(), 'late', there, {
      ...item({ folderId: 'late', subject: 'Edited' }),
      etag: 'e3',
    });
    expect(types(changed)).toEqual(['message.updated']);
    expect(types(removeRecord(context(), kept(changed), { reason: 'gone' }))).toEqual(['message.deleted']);
  });

  it('tells nothing of a message that nobody was told of', () => {
    const untold = sampleRecord('m', { stream: 'late', fields: { folderId: 'late', subject: 'Unknown' } });
    expect(types(removeRecord(context(), untold, { reason: 'gone' }))).toEqual([]);
    expect(types(itemEffect(context(), 'late', untold, item({ folderId: 'late', subject: 'Edited' })))).toEqual([]);
  });
});

describe('a remote edit of a field that is being sent', () => {
  const own = [{ op: 'o', fields: { flag: 'ours' }, before: { flag: 'none' }, done: false }];
  const record = sampleRecord('m', {
    stream: 'told',
    fields: { folderId: 'told', flag: 'ours' },
    base: { folderId: 'told', flag: 'none' },
    own,
  });
  const operation = (until: string): ReadonlyMap<string, OutboxOperation> =>
    new Map([
      [
        'o',
        {
          op: 'o',
          kind: 'message',
          recordId: 'm',
          action: 'update',
          fields: { flag: 'ours' },
          seq: 1,
          attempts: 1,
          nextAttemptAt: now.toISOString(),
          claim: { owner: 'w', until },
          createdAt: now.toISOString(),
          lastError: null,
        },
      ],
    ]);
  const theirs = item({ folderId: 'told', flag: 'theirs' });

  it('waits until it is known what became of the sending, and looks at the item then', () => {
    const effect = itemEffect(context({ outbox: operation('2026-01-01T00:01:00Z') }), 'told', record, theirs);
    expect(effect.feed).toEqual([]);
    expect(effect.writes).toMatchObject([{ row: 'hint', put: { id: 'm', why: 'thin' } }]);
  });

  it('waits as well where both add to a list', () => {
    const sets = { flag: { keyOf: (value: Json) => JSON.stringify(value) } };
    const sent = { flag: ['ours'] };
    const list = { ...record, fields: { folderId: 'told', ...sent }, base: { folderId: 'told', flag: [] } };
    const [[op, row] = ['', undefined]] = operation('2026-01-01T00:01:00Z');
    if (row === undefined) throw new Error('no operation');
    const effect = itemEffect(
      context({ kind: { ...kind, sets }, outbox: new Map([[op, { ...row, fields: sent }]]) }),
      'told',
      { ...list, own: [{ op, fields: sent, before: { flag: [] }, done: false }] },
      item({ folderId: 'told', flag: ['theirs'] }),
    );
    expect(effect.writes).toMatchObject([{ row: 'hint', put: { id: 'm', why: 'thin' } }]);
  });

  it('wins, and takes the operation back, once nobody is sending', () => {
    const effect = itemEffect(context({ outbox: operation('2025-12-31T23:59:00Z') }), 'told', record, theirs);
    expect(types(effect)).toEqual(['message.conflict']);
    expect(effect.writes).toContainEqual({ row: 'outbox', remove: 'o' });
  });
});

describe('an entry in part', () => {
  const record = sampleRecord('m', { stream: 'told', etag: 'e1', fields: { folderId: 'told', phones: ['1'] } });
  const thin = { ...item({ phones: ['2'] }), partial: true };

  it('changes nothing, whatever it shows: the item itself is read', () => {
    const effect = itemEffect(context({ authoritative: false }), 'told', record, thin);
    expect(effect.feed).toEqual([]);
    expect(effect.writes).toMatchObject([{ row: 'hint', put: { why: 'thin', graphId: 'AAMk-m' } }]);
  });

  it('is not read where it is known already', () => {
    const known = { ...record, etag: thin.etag };
    expect(itemEffect(context({ authoritative: false }), 'told', known, thin).writes).toEqual([]);
  });
});

it('another sort of doubt about an item keeps the time of the first: a round a day does not begin the waiting anew', () => {
  const first = { stream: 'told', id: 'm', kind: 'message', graphId: 'G', why: 'removed', cause: 'poll' } as const;
  const hint = { ...first, since: '2026-01-01T00:00:00Z', notBefore: null, held: false };
  const hints = new Map([['m', [hint]]]);
  const later = { ...hint, why: 'unseen', since: '2026-01-02T00:00:00Z' } as const;
  expect(hintEffect({ hints }, later).writes).toEqual([
    { row: 'hint', put: { ...later, since: hint.since, also: ['removed'] } },
  ]);
});

it('doubts about an item add up, and a removal by others is not ours by what we do to it', () => {
  const removed = { stream: 'told', id: 'm', kind: 'message', graphId: 'G', why: 'removed', cause: 'poll' } as const;
  const hint: Hint = { ...removed, since: '2026-01-01T00:00:00Z', notBefore: null, held: false };
  const after = (known: Hint, next: Hint): readonly unknown[] =>
    hintEffect({ hints: new Map([['m', [known]]]) }, next).writes;
  const thin: Hint = { ...hint, why: 'thin', cause: 'own-write', asks: true };
  const both: Hint = { ...thin, cause: 'poll', also: ['removed'] };
  expect(after(hint, thin)).toEqual([{ row: 'hint', put: both }]);
  // The one that stands: only the pass that a push asks for is news.
  for (const next of [hint, thin]) expect(after(both, next)).toEqual([]);
  expect(after(hint, { ...hint, asks: true })).toEqual([{ row: 'hint', put: { ...hint, asks: true } }]);
  const named: Hint = { ...hint, why: 'named', cause: 'push' };
  const ours: Hint = { ...hint, cause: 'own-write' };
  expect(after(named, ours)).toEqual([{ row: 'hint', put: { ...ours, also: ['named'] } }]);
  expect(after(ours, { ...hint, why: 'thin' })).toMatchObject([{ put: { why: 'thin', cause: 'poll' } }]);
  // Of another name of the item nothing is known.
  expect(after(both, { ...thin, graphId: 'other' })).toEqual([{ row: 'hint', put: { ...thin, graphId: 'other' } }]);
});
