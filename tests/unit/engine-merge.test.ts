import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameJson } from '../../shared/lib/json.ts';
import { mergeRemote, type MergeRules } from '../../shared/engine/merge.ts';
import type { EngineRecord } from '../../shared/engine/model.ts';
import type { Fields } from '../../shared/lib/json.ts';

const names = ['isRead', 'flag', 'categories'] as const;
const value = fc.oneof(fc.boolean(), fc.constantFrom('a', 'b'), fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }));
const fields = fc.record(Object.fromEntries(names.map((name) => [name, value])));
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

const record = (of: Partial<EngineRecord> & { readonly fields: Fields }): EngineRecord => ({
  id: 'r',
  kind: 'message',
  graphId: 'g',
  etag: 'e1',
  stream: 's',
  generation: 1,
  modifiedAt: at(1),
  base: null,
  own: [],
  truncated: false,
  ...of,
});
const item = (of: {
  readonly fields: Fields;
  readonly modifiedAt?: string;
  readonly partial?: boolean;
  readonly etag?: string;
}) => ({
  type: 'item' as const,
  graphId: 'g',
  etag: of.etag ?? 'e2',
  modifiedAt: of.modifiedAt ?? at(2),
  fields: of.fields,
  partial: of.partial ?? false,
});
const rules = (policy: MergeRules['policy'], authoritative: boolean): MergeRules => ({ policy, authoritative });
const pendingWrite = (sent: Fields, before: Fields) => ({ op: 'o', fields: sent, before, done: false });

describe('mergeRemote', () => {
  it('takes what the remote says where nothing was changed here', () => {
    fc.assert(
      fc.property(fields, fields, (ours, theirs) => {
        const merge = mergeRemote(record({ fields: ours }), item({ fields: theirs }), rules('remote', false));
        if (merge.verdict !== 'merged') throw new Error(merge.verdict);
        expect(merge.fields).toEqual(theirs);
        expect(merge.base).toBeNull();
        expect(merge.losing).toBeNull();
      }),
    );
  });

  it('takes as it comes what nobody has said here, without a word where that is nothing', () => {
    for (const said of [null, 15]) {
      const merge = mergeRemote(
        record({ fields: { subject: 'x' } }),
        item({ fields: { subject: 'x', reminder: said } }),
        rules('remote', false),
      );
      expect(merge).toMatchObject({
        fields: { reminder: said },
        base: null,
        changed: said === null ? [] : ['reminder'],
      });
    }
  });

  it('takes an item that was read itself for the truth, though its clock says that it is older', () => {
    const older = item({ fields: { subject: 'restored' }, modifiedAt: at(0) });
    const ours = record({ fields: { subject: 'newer' } });
    expect(mergeRemote(ours, older, rules('remote', false))).toEqual({ verdict: 'ask' });
    expect(mergeRemote(ours, older, rules('remote', true))).toMatchObject({ fields: { subject: 'restored' } });
  });

  it('knows an item by its version, but not a part: what it has of its whole changes with that alone', () => {
    const ours = record({ fields: { subject: 'before' } });
    const same = item({ fields: { subject: 'after' }, etag: 'e1' });
    expect(mergeRemote(ours, same, rules('remote', false))).toEqual({ verdict: 'same' });
    expect(mergeRemote(ours, { ...same, needs: 'whole' }, rules('remote', false))).toMatchObject({
      fields: { subject: 'after' },
      changed: ['subject'],
    });
  });

  it('keeps both sides where they changed different fields', () => {
    fc.assert(
      fc.property(fields, value, value, (before, mine, theirs) => {
        const local = record({
          fields: { ...before, isRead: mine },
          base: before,
          own: [pendingWrite({ isRead: mine }, { isRead: before['isRead'] ?? null })],
        });
        const merge = mergeRemote(local, item({ fields: { ...before, flag: theirs } }), rules('remote', true));
        if (merge.verdict !== 'merged') throw new Error(merge.verdict);
        expect(merge.fields).toMatchObject({ isRead: mine, flag: theirs });
        expect(merge.losing).toBeNull();
      }),
    );
  });

  it('sees its own write come back as no change (P9)', () => {
    fc.assert(
      fc.property(fields, value, (before, mine) => {
        const local = record({
          fields: { ...before, isRead: mine },
          base: before,
          own: [pendingWrite({ isRead: mine }, { isRead: before['isRead'] ?? null })],
        });
        const merge = mergeRemote(local, item({ fields: { ...before, isRead: mine } }), rules('remote', true));
        if (merge.verdict !== 'merged') throw new Error(merge.verdict);
        expect(merge.changed).toEqual([]);
        expect(merge.fields).toEqual(local.fields);
      }),
    );
  });

  it('lets the remote win a field that both changed, and keeps what lost (P10)', () => {
    const before = { isRead: false, flag: 'a', categories: [] };
    const local = record({
      fields: { ...before, flag: 'mine' },
      base: before,
      own: [pendingWrite({ flag: 'mine' }, { flag: 'a' })],
    });
    const merge = mergeRemote(local, item({ fields: { ...before, flag: 'theirs' } }), rules('remote', true));
    expect(merge).toMatchObject({
      verdict: 'merged',
      fields: { flag: 'theirs' },
      losing: { flag: 'mine' },
      withdrawn: ['flag'],
      own: [],
    });
  });

  it('lets all of a unit go as the remote has it where one field of it lost, and where none did, none (P10)', () => {
    const before = { start: 10, end: 11, zone: 'x', text: 'a' };
    const unit = { ...rules('remote', true), units: [['start', 'end', 'zone']] };
    const ours = { start: 14, end: 15, text: 'b' };
    const local = record({ fields: { ...before, ...ours }, base: before, own: [pendingWrite(ours, before)] });
    expect(mergeRemote(local, item({ fields: { ...before, end: 12, zone: 'y' } }), unit)).toMatchObject({
      ...{ fields: { start: 10, end: 12, zone: 'y', text: 'b' }, own: [{ fields: { text: 'b' } }] },
      ...{ losing: { start: 14, end: 15 }, undo: { start: 14, end: 15 } },
    });
    expect(mergeRemote(local, item({ fields: { ...before, zone: 'y' } }), unit)).toMatchObject({
      ...{ fields: { ...ours, zone: 'y' }, own: [{ fields: ours }], losing: null },
    });
  });

  it('takes what an answer shows of a unit for what the remote made of it, and leaves what was written since (P9)', () => {
    const before = { start: '10 x', end: 11 };
    const [first, second] = [
      { ...pendingWrite({ end: 12 }, before), op: 'a' },
      pendingWrite({ start: '14', end: 15 }, before),
    ];
    const local = record({ fields: { start: '14', end: 15 }, base: before, own: [first, second] });
    const by = { ...rules('remote', true), units: [['start', 'end']], answered: first };
    expect(mergeRemote(local, item({ fields: { start: '10 y', end: 12 } }), by)).toMatchObject({
      ...{ fields: { start: '14', end: 15 }, base: { start: '10 y', end: 12 }, losing: null, withdrawn: [] },
    });
  });

  it('keeps our value where the policy says so', () => {
    const before = { isRead: false, flag: 'a' };
    const local = record({
      fields: { ...before, flag: 'mine' },
      base: before,
      own: [pendingWrite({ flag: 'mine' }, { flag: 'a' })],
    });
    const merge = mergeRemote(local, item({ fields: { ...before, flag: 'theirs' } }), rules('local', true));
    expect(merge).toMatchObject({
      verdict: 'merged',
      fields: { flag: 'mine' },
      losing: { flag: 'theirs' },
      withdrawn: [],
    });
  });

  it('takes nothing from a picture that is older than what it holds, and asks where it differs', () => {
    fc.assert(
      fc.property(fields, fields, (ours, theirs) => {
        const held = record({ fields: ours, modifiedAt: at(5) });
        const merge = mergeRemote(held, item({ fields: theirs, modifiedAt: at(4) }), rules('remote', false));
        const differs = Object.entries(theirs).some(([field, value]) => !sameJson(value, ours[field]));
        expect(merge).toEqual({ verdict: differs ? 'ask' : 'stale' });
      }),
    );
  });

  it('asks for the item itself where a thin entry may show the time before its own write', () => {
    const done = { op: 'o', fields: { isRead: true }, before: { isRead: false }, done: true };
    const thin = { ...item({ fields: { isRead: false }, partial: true }), modifiedAt: null };
    expect(mergeRemote(record({ fields: { isRead: true }, own: [done] }), thin, rules('remote', false))).toEqual({
      verdict: 'ask',
    });
  });

  it('changes nothing the second time (P6)', () => {
    fc.assert(
      fc.property(fields, fields, (ours, theirs) => {
        const local = record({ fields: ours });
        const first = mergeRemote(local, item({ fields: theirs }), rules('remote', false));
        if (first.verdict !== 'merged') throw new Error(first.verdict);
        const next = record({ fields: first.fields, base: first.base, own: first.own, etag: 'e2', modifiedAt: at(2) });
        expect(mergeRemote(next, item({ fields: theirs }), rules('remote', false))).toEqual({ verdict: 'same' });
        const again = mergeRemote(next, item({ fields: theirs, etag: 'e3' }), rules('remote', false));
        expect(again).toMatchObject({ verdict: 'merged', changed: [], losing: null });
      }),
    );
  });
});
