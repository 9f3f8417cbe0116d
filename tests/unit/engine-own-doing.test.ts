import { describe, expect, it } from 'vitest';
import type { Kind } from '../../shared/engine/domain.ts';
import type { EffectContext } from '../../shared/engine/effects.ts';
import { itemEffect } from '../../shared/engine/item-effect.ts';
import type { EngineRecord, OutboxOperation } from '../../shared/engine/model.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { bareKind } from '../support/bare-kind.ts';
import { sampleCursor, sampleRecord } from '../support/sample-rows.ts';

/** Who moves a meeting takes back what was answered to it; `seen` tells nobody anything. */
const kind: Kind = {
  ...bareKind,
  ...{ name: 'meeting', quietFields: ['seen'] },
  follows: ({ fields }) => ('time' in fields ? ['answers', 'zone'] : []),
};

const before: Fields = { time: 1, zone: 'A', answers: 'yes', text: 'Text', seen: 1 };
const now = new Date('2026-01-01T00:00:00Z');
const context = (outbox: readonly OutboxOperation[]): EffectContext => ({
  ...{ connectionId: 'c', kind, creates: [], policy: 'remote', cause: 'poll', silent: false, now },
  ...{ hints: new Map(), authoritative: true, store: { sizeOf: () => 100 } },
  cursors: new Map([['s', sampleCursor('s', { phase: 'delta', baselined: true, told: true })]]),
  outbox: new Map(outbox.map((operation) => [operation.op, operation])),
});
const write = (fields: Fields, attempts = 1, recordId = 'r'): OutboxOperation => ({
  ...{ op: 'o', kind: 'meeting', recordId, action: 'update', fields, seq: 1, attempts, claim: null },
  ...{ nextAttemptAt: now.toISOString(), createdAt: now.toISOString(), lastError: null },
});
const held = ({ op, fields }: OutboxOperation): EngineRecord =>
  sampleRecord('r', {
    ...{ graphId: 'R', stream: 's', etag: 'e1', base: before, fields: { ...before, ...fields } },
    own: [{ op, fields, before: {}, done: false }],
  });
const told = (waiting: OutboxOperation, shown: Fields, record = held(waiting)) =>
  itemEffect(context([waiting]), 's', record, {
    ...({
      type: 'item',
      graphId: 'R',
      etag: 'e2',
      modifiedAt: now.toISOString(),
      partial: false,
      needs: null,
    } as const),
    fields: { ...before, ...shown },
  }).feed.map(({ type, cause, changed }) => [type, cause, changed]);

describe('P9: what follows from a write of ours that nobody has told of yet', () => {
  const moved = { time: 2, answers: 'none' };

  it('is our doing where the item holds what was written', () => {
    expect(told(write({ time: 2 }), moved)).toEqual([['meeting.updated', 'own-write', ['answers']]]);
  });

  it('is our doing though the remote has kept what follows as it was, and changed what tells nobody anything', () => {
    const shown = { ...moved, seen: 2 };
    expect(told(write({ time: 2, zone: 'B' }), shown)).toEqual([['meeting.updated', 'own-write', ['answers']]]);
  });

  it('is not where others have changed something else, too', () => {
    const changed = ['answers', 'text'];
    expect(told(write({ time: 2 }), { ...moved, text: 'Theirs' })).toEqual([['meeting.updated', 'poll', changed]]);
  });

  it('is not where the write was not sent yet', () => {
    expect(told(write({ time: 2 }, 0), moved)).toEqual([['meeting.updated', 'poll', ['answers']]]);
  });

  it('is not where the item does not hold all that was written, or held it before', () => {
    expect(told(write({ time: 2, text: 'Ours' }), moved)).toEqual([['meeting.updated', 'poll', ['answers']]]);
    expect(told(write({ time: 1 }), { answers: 'none' })).toEqual([['meeting.updated', 'poll', ['answers']]]);
  });

  it('is not where the write was to another record', () => {
    const other = write({ time: 2 }, 1, 'other');
    const record = { ...held(write({})), own: [] };
    expect(told(other, moved, record)).toEqual([['meeting.updated', 'poll', ['time', 'answers']]]);
  });

  it('is not where it has beaten what was written here', () => {
    const waiting = write({ time: 2, text: 'Ours' });
    expect(told(waiting, { ...moved, text: 'Theirs' })).toMatchObject([
      ['meeting.conflict', 'poll', ['answers', 'text']],
    ]);
  });
});
