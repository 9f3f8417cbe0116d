import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSet, uniteSets, type SetMerge } from '../../shared/engine/sets.ts';
import { sameJson, type Json } from '../../shared/lib/json.ts';
import { sets } from '../support/cards/domain.ts';

interface Entry {
  readonly [key: string]: Json;
  readonly address: string;
  readonly note: string;
}
const field = { keyOf: sets.mails.keyOf };
const address = fc.constantFrom('a@x', 'b@x', 'c@x', 'd@x', 'e@x');
const entries = fc.uniqueArray(fc.record({ address, note: fc.constantFrom('', '1', '2') }), {
  selector: (entry) => entry.address,
  maxLength: 5,
});
const policies = fc.constantFrom('remote', 'local');
const keys = (list: readonly Json[]): string[] => list.map((entry) => field.keyOf(entry)).toSorted();
const find = (list: readonly Entry[], key: string): Entry | undefined => list.find((entry) => entry.address === key);
const contents = ({ result }: SetMerge): string[] => result.map((entry) => JSON.stringify(entry)).toSorted();

describe('lists that both sides have changed (P10)', () => {
  it('lose no entry: each of a side stands, or was removed by the other, or is told as lost', () => {
    fc.assert(
      fc.property(entries, entries, entries, policies, (base, ours, theirs, policy) => {
        const { result, lost } = mergeSet({ base, ours, theirs }, field, policy);
        for (const [side, other] of [
          [ours, theirs],
          [theirs, ours],
        ] as const) {
          for (const entry of side) {
            const before = find(base, entry.address);
            const removed = before !== undefined && find(other, entry.address) === undefined && sameJson(before, entry);
            const replaced = sameJson(before, entry) && result.some((one) => field.keyOf(one) === entry.address);
            const kept = [...result, ...lost].some((one) => sameJson(one, entry));
            expect(kept || removed || replaced).toBe(true);
          }
        }
      }),
    );
  });

  it('hold each key once, and nothing that neither side had', () => {
    fc.assert(
      fc.property(entries, entries, entries, policies, (base, ours, theirs, policy) => {
        const { result } = mergeSet({ base, ours, theirs }, field, policy);
        expect(new Set(keys(result)).size).toBe(result.length);
        for (const entry of result) expect([...ours, ...theirs].some((one) => sameJson(one, entry))).toBe(true);
      }),
    );
  });

  it('come out the same when they are merged once more', () => {
    fc.assert(
      fc.property(entries, entries, entries, policies, (base, ours, theirs, policy) => {
        const { result } = mergeSet({ base, ours, theirs }, field, policy);
        expect(mergeSet({ base: theirs, ours: result, theirs }, field, policy)).toEqual({ result, lost: [] });
      }),
    );
  });

  it('come out the same whatever order their entries are in, and whichever side is called ours', () => {
    fc.assert(
      fc.property(entries, entries, entries, (base, ours, theirs) => {
        const merged = contents(mergeSet({ base, ours, theirs }, field, 'remote'));
        const turned = { base: base.toReversed(), ours: ours.toReversed(), theirs: theirs.toReversed() };
        expect(contents(mergeSet(turned, field, 'remote'))).toEqual(merged);
        const swapped = contents(mergeSet({ base, ours: theirs, theirs: ours }, field, 'local'));
        expect(swapped).toEqual(merged);
      }),
    );
  });

  it('are theirs where we changed nothing, and ours where they changed nothing', () => {
    fc.assert(
      fc.property(entries, entries, policies, (base, other, policy) => {
        expect(mergeSet({ base, ours: base, theirs: other }, field, policy)).toEqual({ result: other, lost: [] });
        const ours = mergeSet({ base, ours: other, theirs: base }, field, policy);
        expect({ ...ours, result: contents(ours) }).toEqual({
          result: contents({ result: other, lost: [] }),
          lost: [],
        });
      }),
    );
  });

  it('keep theirs beyond the limit, and tell what of ours finds no room', () => {
    fc.assert(
      fc.property(entries, entries, fc.integer({ min: 0, max: 4 }), (ours, theirs, limit) => {
        const { result, lost } = uniteSets({ ours, theirs }, { ...field, limit }, 'remote');
        expect(result.length).toBeLessThanOrEqual(Math.max(limit, theirs.length));
        for (const entry of theirs) expect(result).toContainEqual(entry);
        for (const entry of ours) expect([...result, ...lost]).toContainEqual(entry);
      }),
    );
  });

  it('take a removal before an entry that nobody has edited, whatever came of it, and no other', () => {
    const answered = { ...field, isUnedited: (): boolean => true };
    const sides = { base: [{ address: 'a@x', note: '' }], ours: [], theirs: [{ address: 'a@x', note: 'comes' }] };
    expect(mergeSet(sides, answered, 'remote')).toEqual({ result: [], lost: [] });
    expect(mergeSet(sides, answered, 'local')).toEqual({ result: [], lost: [] });
    expect(mergeSet(sides, field, 'remote').result).toEqual(sides.theirs);
    expect(mergeSet({ ...sides, base: [] }, answered, 'remote').result).toEqual(sides.theirs);
  });

  it('stand in order where both sides hold them so', () => {
    const sides = { base: ['b'], ours: ['a', 'b'], theirs: ['b', 'c'] };
    const { result } = mergeSet(sides, { keyOf: JSON.stringify, ascending: true }, 'remote');
    expect(result).toEqual(['a', 'b', 'c']);
  });

  it('keep two entries that look alike apart, and take what is no list for an empty one', () => {
    const twice = [{ address: 'a@x' }, { address: 'A@x' }];
    expect(mergeSet({ base: [], ours: [], theirs: twice }, field, 'remote').result).toEqual(twice);
    expect(mergeSet({ base: null, ours: 'x', theirs: {} }, field, 'remote')).toEqual({ result: [], lost: [] });
  });
});
