import { expect } from 'vitest';
import { z } from 'zod';
import type { ContractBench } from '../../contract/bench.ts';
import type { FeedReader } from '../../support/convergence/reader.ts';
import { brokenAtoms } from './invariants.ts';
import type { Partition } from './partition.ts';
import type { FaultRig } from './rig.ts';

const MOST_POLLS = 4;
const faults = z.array(z.object({ used: z.number() }));

/** What is troubled: a mailbox, whoever follows its feed, and the two sides of it. */
export interface Troubled {
  readonly rig: FaultRig;
  readonly bench: ContractBench;
  readonly reader: FeedReader;
  /** What differs between the tenant, what is held and what the feed has told so far. */
  readonly differences: (partition: Partition) => Promise<readonly string[]>;
}

/** Every link is dead: a round that compares all. */
export const evict = ({ rig, bench }: Pick<Troubled, 'rig' | 'bench'>): Promise<unknown> =>
  rig.control('POST', '/tokens/evict', { upn: bench.mailbox.upn });

/** The whole feed and all rows, once all is done: what is looked at after each trouble is what it brought. */
export const brokenAtLast = async ({ bench }: Pick<Troubled, 'bench'>): Promise<string[]> =>
  brokenAtoms(await bench.partition(), bench.scope);

/** Ends the trouble; within a few polls the store equals the tenant, and the feed has told each change once. */
async function ended({ bench, reader, differences }: Troubled): Promise<string[]> {
  await bench.heal();
  const { seq } = reader;
  for (let polls = 1; ; polls++) {
    await bench.poll();
    reader.follow(await bench.app.store.readChanges(bench.scope, reader.seq, 10_000));
    const partition = await bench.partition(seq);
    const open = await differences(partition);
    if (open.length > 0 && polls < MOST_POLLS) continue;
    return [...open, ...reader.faults.splice(0), ...brokenAtoms(partition, bench.scope)];
  }
}

/** A trouble, and where it comes: at requests whose path is like this, of a round that `prepare` gives something to do. */
export interface Trouble {
  readonly action: object;
  readonly path?: string;
  readonly prepare: () => Promise<unknown>;
  /** Pages of such a round, at most. */
  readonly most: number;
}

/** Runs a round with the trouble at page after page, until there is no such page. Answers how many there were. */
export async function atEachPage(
  troubled: Troubled,
  { action, path = '/delta', prepare, most }: Trouble,
): Promise<number> {
  const { rig, bench } = troubled;
  for (let page = 0; page < most; page++) {
    await prepare();
    const match = { path, upn: bench.mailbox.upn };
    await rig.control('POST', '/faults', { match, action, skip: page });
    await bench.poll();
    const [fault] = faults.parse(await rig.control('GET', '/faults'));
    expect(await ended(troubled), `at page ${page + 1}`).toEqual([]);
    if (fault?.used !== 1) return page;
  }
  throw new Error('the round has no end');
}
