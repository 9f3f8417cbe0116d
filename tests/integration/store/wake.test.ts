import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newHead } from '../../../shared/engine/head.ts';
import { FenceLostError, StorageError } from '../../../shared/errors.ts';
import type { Stores } from '../../../shared/store/open.ts';
import { sampleScope } from '../../support/sample-rows.ts';
import { startStoreRig, type StoreRig } from '../../support/store.ts';

describe('wake rows', () => {
  let rig: StoreRig;
  let one: Stores;
  let two: Stores;
  beforeAll(async () => {
    rig = await startStoreRig();
    one = rig.worker();
    two = rig.worker({ direct: true });
  });
  afterAll(() => rig.close());
  afterEach(() => {
    rig.heal();
  });

  const idsOf = async (name: string): Promise<unknown> => (await two.wakes.read(sampleScope(name)))?.ids;

  it('P3: the first of a burst sends, all others coalesce, and no id is lost', async () => {
    const scope = sampleScope('burst');
    const ids = Array.from({ length: 15 }, (_, index) => `id-${index}`);
    const answers = await Promise.all(ids.map((id, index) => (index % 2 ? one : two).wakes.raise(scope, [id])));
    expect(answers.filter((answer) => answer === 'send')).toHaveLength(1);
    expect((await two.wakes.read(scope))?.ids).toHaveLength(15);
    expect(new Set((await two.wakes.read(scope))?.ids)).toEqual(new Set(ids));
  });

  it('P3: goes with the commit that takes it, unless it grew after it was read', async () => {
    const scope = sampleScope('taken');
    await one.partitions.createHead(scope, newHead());
    await one.wakes.raise(scope, ['a']);
    const take = async (version: string): Promise<string> => {
      const front = await one.partitions.readFront(scope);
      if (front === null) throw new Error('there is no head');
      const head = { ...front.head, commits: ['c1'] };
      const writes = [{ row: 'wake', remove: version }] as const;
      return one.partitions.commit(scope, { version: front.version, head, commitId: 'c1', writes });
    };
    const before = (await one.partitions.readFront(scope))?.wake?.version ?? '';
    await two.wakes.raise(scope, ['b']);
    await expect(take(before)).rejects.toThrow(FenceLostError);
    expect(await idsOf('taken')).toEqual(['a', 'b']);
    await take((await one.partitions.readFront(scope))?.wake?.version ?? '');
    expect(await two.wakes.read(scope)).toBeNull();
  });

  it('keeps at most 20 ids, and none where a notification names none', async () => {
    const scope = sampleScope('many');
    await one.wakes.raise(
      scope,
      Array.from({ length: 20 }, (_, index) => `id-${index}`),
    );
    expect(await idsOf('many')).toHaveLength(20);
    await one.wakes.raise(scope, ['one-more']);
    expect(await idsOf('many')).toBe('all');
    await one.wakes.raise(sampleScope('none'), ['a']);
    await one.wakes.raise(sampleScope('none'), null);
    expect(await idsOf('none')).toBe('all');
  });

  it('P3: a row over 60 s old is taken over by exactly one of those who find it, with its ids', async () => {
    const scope = sampleScope('stale');
    expect(await one.wakes.raise(scope, ['old'])).toBe('send');
    rig.clock.move(60_000);
    expect(await one.wakes.raise(scope, ['young'])).toBe('coalesced');
    rig.clock.move(1);
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((id) => one.wakes.raise(scope, [id])));
    expect(answers.toSorted()).toEqual(['coalesced', 'coalesced', 'coalesced', 'send']);
    expect(new Set((await one.wakes.read(scope))?.ids)).toEqual(new Set(['old', 'young', 'a', 'b', 'c', 'd']));
  });

  it('P3: is cleared only as it was read', async () => {
    const scope = sampleScope('clear');
    await one.wakes.raise(scope, ['a']);
    const read = await two.wakes.read(scope);
    await one.wakes.raise(scope, ['b']);
    expect(await two.wakes.clear(scope, read?.version)).toBe(false);
    expect(await two.wakes.clear(scope, (await two.wakes.read(scope))?.version)).toBe(true);
    expect(await two.wakes.read(scope)).toBeNull();
    expect(await two.wakes.clear(scope)).toBe(true);
  });

  it('P3: sends where its own insert was done although the answer was lost', async () => {
    rig.tables.plan({ method: 'POST', path: /\/sync/, fault: { applied: 'reset' } });
    expect(await one.wakes.raise(sampleScope('lost'), ['a'])).toBe('send');
  });

  const other = (name: string) => async (): Promise<void> => {
    expect(await two.wakes.raise(sampleScope(name), ['b'])).toBe('coalesced');
  };

  it('P3: sends where its own insert was done, its answer lost, and the row grown by one who relies on it', async () => {
    rig.tables.plan({ method: 'POST', path: /\/sync/, fault: { applied: 'reset' } });
    rig.tables.plan({ method: 'GET', fault: { call: { before: other('grown') } } });
    expect(await one.wakes.raise(sampleScope('grown'), ['a'])).toBe('send');
    expect(await idsOf('grown')).toEqual(['a', 'b']);
  });

  it('P3: sends where its own taking over of an old row was done, its answer lost, and the row grown since', async () => {
    const scope = sampleScope('taken-over');
    await one.wakes.raise(scope, ['old']);
    rig.clock.move(60_001);
    rig.tables.plan({ method: 'PUT', fault: { applied: 'reset' } });
    rig.tables.plan({ method: 'GET', nth: 2, fault: { call: { before: other('taken-over') } } });
    expect(await one.wakes.raise(scope, ['a'])).toBe('send');
    expect(await idsOf('taken-over')).toEqual(['old', 'a', 'b']);
  });

  it('P3: a row of a clock that is far ahead is taken over as an old one is', async () => {
    const scope = sampleScope('ahead');
    rig.clock.move(3_600_000);
    await one.wakes.raise(scope, ['a']);
    rig.clock.move(-3_600_000);
    expect(await one.wakes.raise(scope, ['b'])).toBe('send');
    expect(await one.wakes.raise(scope, ['c'])).toBe('coalesced');
    expect(await idsOf('ahead')).toEqual(['a', 'b', 'c']);
  });

  it('P3: sends where the row went away between its insert and its reading', async () => {
    const scope = sampleScope('vanished');
    await two.wakes.raise(scope, ['a']);
    const take = async (): Promise<void> => {
      await two.wakes.clear(scope);
    };
    rig.tables.plan({ method: 'GET', fault: { call: { before: take } } });
    expect(await one.wakes.raise(scope, ['b'])).toBe('send');
    expect((await two.wakes.read(scope))?.ids).toEqual(['b']);
  });

  it('fails where storage is down: nobody may believe that a job is on its way', async () => {
    rig.tables.plan({ times: Infinity, fault: { before: { status: 503 } } });
    await expect(one.wakes.raise(sampleScope('down'), ['a'])).rejects.toThrow(StorageError);
  });
});
