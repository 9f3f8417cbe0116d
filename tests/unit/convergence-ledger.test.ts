import { describe, expect, it } from 'vitest';
import type { Change } from '../../shared/engine/model.ts';
import { Ledger, type Side, type Vocabulary } from '../support/convergence/ledger.ts';

interface Card {
  readonly text: string | null;
}

const words: Vocabulary<Card> = {
  ...{ singles: ['text'], lists: [], memberOf: (field) => field, nameOf: () => 'card' },
  ...{ valueOf: ({ text }) => text, entriesOf: () => [] },
};
const back: Change = {
  ...{ seq: 1, type: 'card.conflict', domain: 'cards', id: 'c', graphId: 'C', cause: 'poll', changed: [] },
  ...{ before: null, after: { text: null }, details: { losing: { deleted: true } }, at: '2026-01-01T00:00:00Z' },
};

/** What the ledger finds wrong where the card ends so, `first` = as it stood before. */
function judged(
  text: string | null,
  edits: readonly (readonly [Side, string | null] | 'deleted')[],
  first?: Card,
): string[] {
  const ledger = new Ledger(words, new Map(first === undefined ? [] : [['c', first]]));
  for (const edit of edits) {
    if (edit === 'deleted') ledger.note('application', { id: 'c' }, { deleted: true });
    else ledger.note(edit[0], { id: 'c' }, { set: 'text', value: edit[1] });
  }
  return ledger.faults({ items: new Map([['c', { text }]]), rows: [back], ids: new Map() });
}

describe('the ledger of random edits', () => {
  it('finds the last write of either side, and what is lost', () => {
    expect(
      judged('two', [
        ['application', 'one'],
        ['application', 'two'],
      ]),
    ).toEqual([]);
    expect(
      judged('one', [
        ['application', 'one'],
        ['application', 'two'],
      ]),
    ).toHaveLength(1);
    expect(judged(null, [['application', 'one']])).toHaveLength(1);
    expect(
      judged('ours', [
        ['application', 'ours'],
        ['person', 'theirs'],
      ]),
    ).toHaveLength(1);
    expect(
      judged('theirs', [
        ['application', 'ours'],
        ['person', 'theirs'],
      ]),
    ).toEqual([]);
  });

  it('lets stand what was sent before the application deleted what an edit has brought back', () => {
    expect(judged('one', [['application', 'one'], ['application', 'two'], 'deleted'])).toEqual([]);
    expect(judged(null, [['application', 'one'], 'deleted'])).toEqual([]);
    expect(judged('first', [['application', 'one'], 'deleted'], { text: 'first' })).toEqual([]);
  });

  it('lets nothing stand that nobody wrote, that came after the deletion, or that a person has written over', () => {
    expect(judged('other', [['application', 'one'], 'deleted'])).toHaveLength(1);
    expect(judged('one', [['application', 'one'], 'deleted', ['application', 'two']])).toHaveLength(1);
    expect(
      judged('one', [['application', 'one'], ['person', 'theirs'], ['application', 'two'], 'deleted']),
    ).toHaveLength(1);
    expect(judged(null, [['application', 'one'], 'deleted'], { text: 'first' })).toHaveLength(1);
  });
});
