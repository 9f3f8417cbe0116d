import { describe, expect, it } from 'vitest';
import { confirmEffect } from '../../shared/engine/confirm-effect.ts';
import type { Effect } from '../../shared/engine/chunk.ts';
import type { Kind } from '../../shared/engine/domain.ts';
import type { EffectContext } from '../../shared/engine/effects.ts';
import { itemEffect } from '../../shared/engine/item-effect.ts';
import { isEdited } from '../../shared/engine/leaving.ts';
import type { EngineRecord, OutboxOperation } from '../../shared/engine/model.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { bareKind } from '../support/bare-kind.ts';
import { sampleCursor, sampleRecord } from '../support/sample-rows.ts';

const nothing: Fields = { type: 'part', of: 'W', slot: 1, text: null, room: null, guests: [] };

/** Parts of a whole: a thin one holds its slot alone, one that was edited by itself (`odd`) tells all. */
const kind: Kind = {
  ...bareKind,
  name: 'lesson',
  groupOf: ({ type, of }, graphId) => (type === 'whole' ? graphId : typeof of === 'string' ? of : null),
  slotOf: ({ slot }) => JSON.stringify(slot),
  inFull: (part, { text = null, room = null, guests = null }) =>
    part['type'] === 'part' ? { ...part, text, room, guests } : null,
  sets: { guests: { keyOf: (guest) => JSON.stringify(guest) } },
};

const whole = sampleRecord('w', {
  ...{ graphId: 'W', stream: 's', etag: 'w1' },
  fields: { type: 'whole', text: 'Lesson', room: 'A', guests: ['ada', 'bob'] },
});
const now = new Date('2026-01-01T00:00:00Z');
const context = (outbox: readonly OutboxOperation[] = [], wholes = new Map([['W', whole]])): EffectContext => ({
  ...{ connectionId: 'c', kind, creates: [], policy: 'remote', cause: 'poll', silent: false, now, wholes },
  ...{ hints: new Map(), authoritative: true, store: { sizeOf: () => 100 } },
  cursors: new Map([['s', sampleCursor('s', { phase: 'delta', baselined: true, told: true })]]),
  outbox: new Map(outbox.map((operation) => [operation.op, operation])),
});
const operation = (op: string, fields: Fields): OutboxOperation => ({
  ...{ op, kind: 'lesson', recordId: 'p', action: 'update', fields, seq: 1, attempts: 0, claim: null },
  ...{ nextAttemptAt: now.toISOString(), createdAt: now.toISOString(), lastError: null },
});
/** The part, with what was written to it here and waits. */
const partWith = (...waiting: readonly OutboxOperation[]): EngineRecord => {
  const fields = waiting.reduce<Fields>((all, write) => ({ ...all, ...write.fields }), nothing);
  const own = waiting.map(({ op, fields: sent }) => ({ op, fields: sent, before: {}, done: false }));
  return sampleRecord('p', { graphId: 'P', stream: 's', fields, base: own.length === 0 ? null : nothing, own });
};
const odd = (more: Fields) => ({
  ...({ type: 'item', graphId: 'P', etag: 'p1', modifiedAt: now.toISOString(), partial: false, needs: 'W' } as const),
  fields: { ...nothing, ...whole.fields, type: 'odd', ...more },
});
const kept = ({ writes }: Effect): EngineRecord | undefined =>
  writes.flatMap((write) => (write.row === 'record' && 'put' in write ? [write.put] : []))[0];

describe('P10: a part that comes as an item of its own', () => {
  it('shows as changed what differs from what its whole has', () => {
    const effect = itemEffect(context(), 's', partWith(), odd({ room: null }));
    expect(effect.feed).toMatchObject([{ type: 'lesson.updated', changed: ['type', 'room'] }]);
    const record = kept(effect);
    expect(record).toMatchObject({ base: null, fields: { type: 'odd', text: 'Lesson', room: null } });
    expect(record?.fields['guests']).toEqual(['ada', 'bob']);
  });

  it('leaves what was written here to be sent, whatever else others have edited', () => {
    const write = operation('o', { text: 'Ours', guests: ['bob'] });
    const effect = itemEffect(context([write]), 's', partWith(write), odd({ room: 'B' }));
    expect(effect.feed).toMatchObject([{ type: 'lesson.updated', changed: ['type', 'room'] }]);
    expect(kept(effect)).toMatchObject({
      fields: { text: 'Ours', room: 'B', guests: ['bob'] },
      base: { text: 'Lesson', guests: ['ada', 'bob'] },
      own: [{ op: 'o', fields: { text: 'Ours', guests: ['bob'] } }],
    });
    expect(effect.writes.filter(({ row }) => row === 'outbox')).toEqual([]);
  });

  it('beats what was written here where others have edited the same, and where the whole is not as it was', () => {
    const write = operation('o', { text: 'Ours' });
    const effect = itemEffect(context([write]), 's', partWith(write), odd({ text: 'Theirs' }));
    expect(effect.feed).toMatchObject([{ type: 'lesson.conflict', details: { losing: { text: 'Ours' } } }]);
    expect(effect.writes).toContainEqual({ row: 'outbox', remove: 'o' });
  });

  it('is the answer to a first write, and the second one is still to be sent', () => {
    const [first, second] = [operation('one', { room: 'B' }), operation('two', { text: 'Ours' })];
    const { effect, sure } = confirmEffect(context([first, second]), {
      ...{ record: partWith(first, second), operation: first, item: odd({ room: 'B' }), authoritative: true },
    });
    expect(sure).toBe(true);
    expect(effect.feed).toMatchObject([{ type: 'lesson.updated', cause: 'own-write' }]);
    expect(kept(effect)?.fields).toMatchObject({ text: 'Ours', room: 'B' });
    expect(effect.writes.filter(({ row }) => row === 'outbox')).toEqual([{ row: 'outbox', remove: 'one' }]);
  });

  it('keeps a value that was taken away here, though the part never held it itself', () => {
    const write = operation('o', { room: null });
    const effect = itemEffect(context([write]), 's', partWith(write), odd({}));
    expect(kept(effect)).toMatchObject({ fields: { room: null, text: 'Lesson' }, base: { room: 'A' } });
  });

  it('knows the base of the whole from what was written to that here', () => {
    const edited = { ...whole, fields: { ...whole.fields, text: 'Ours of all' }, base: whole.fields };
    const effect = itemEffect(context([], new Map([['W', edited]])), 's', partWith(), odd({ room: 'B' }));
    // It was read with what is written to the whole, which it says itself now that it does not have.
    expect(effect.feed).toMatchObject([{ changed: ['type', 'room', 'text'] }]);
    expect(kept(effect)).toMatchObject({ base: null, fields: { text: 'Lesson', room: 'B' } });
  });

  it('is the answer to our write, and tells what it does not have of what waits to be written to its whole', () => {
    const edited = { ...whole, fields: { ...whole.fields, guests: ['ada', 'bob', 'eve'] }, base: whole.fields };
    const write = operation('o', { room: 'B' });
    const { effect } = confirmEffect(context([write], new Map([['W', edited]])), {
      ...{ record: partWith(write), operation: write, item: odd({ room: 'B' }), authoritative: true },
    });
    expect(effect.feed).toMatchObject([{ cause: 'own-write', changed: ['type', 'guests'] }]);
  });

  it('is no edit of a deleted part but for what it does not have of its whole', () => {
    const thin = { ...odd({}), etag: null, fields: nothing };
    expect(isEdited(context(), partWith(), thin)).toBe(false);
    expect(isEdited(context(), partWith(), odd({ text: 'Theirs' }))).toBe(true);
  });
});

it('a part that comes as it was stays thin', () => {
  const write = operation('o', { text: 'Ours' });
  const thin = { ...odd({}), etag: null, fields: nothing };
  const effect = itemEffect(context([write]), 's', partWith(write), thin);
  expect(effect.feed).toEqual([]);
  expect(kept(effect) ?? partWith(write)).toMatchObject({ fields: { room: null, text: 'Ours' }, base: nothing });
});
