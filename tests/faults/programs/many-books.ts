import { addressBook } from '../../support/convergence/contacts.ts';
import { calendarOf } from '../../support/convergence/events/side.ts';
import { converge, type Converged } from '../../support/convergence/run.ts';
import type { Sort } from '../../support/convergence/side.ts';
import { startFaultRig } from '../plan/rig.ts';

/** What `npm run chaos -- --seeds ... --domain contacts` was asked for. */
export interface BookFlags {
  readonly seeds: number;
  readonly domain: string;
  /** The first one. */
  readonly seed: number;
  readonly edits: number;
}

/** Edits of a program, unless told. */
export const EDITS = 400;
const MOST_FAULTS = 20;

/** What is edited, by domains. */
export const books: Readonly<Record<string, Sort>> = { contacts: addressBook(60), calendar: calendarOf(60) };

/**
 * Lets both sides of one mailbox for each seed be edited at random, from `seed` on; prints what is wrong
 * in the end. Answers how many ended wrong.
 */
export async function runManyBooks(flags: BookFlags, say: (text: string) => void): Promise<number> {
  const { domain, seeds, seed: from, edits } = flags;
  const of = books[domain];
  if (of === undefined) throw new Error(`nobody edits ${domain} at random: there are ${Object.keys(books).join(', ')}`);
  let broken = 0;
  for (let seed = from; seed < from + seeds; seed++) {
    const began = performance.now();
    const { faults, ...figures } = await runBook(of, seed, edits);
    const seconds = Math.round((performance.now() - began) / 1000);
    say(`${domain} ${seed}: ${JSON.stringify(figures)} in ${seconds} s, ${faults.length} broken`);
    if (faults.length === 0) continue;
    broken++;
    for (const fault of faults.slice(0, MOST_FAULTS)) say(`BROKEN seed ${seed}: ${fault}`);
    say(`  again: npm run chaos -- --seeds 1 --seed ${seed} --domain ${domain} --edits ${edits}`);
  }
  return broken;
}

async function runBook(of: Sort, seed: number, edits: number): Promise<Partial<Converged> & Pick<Converged, 'faults'>> {
  const rig = await startFaultRig({ SYNC_PAGE_SIZE: '40' });
  const told = (error: unknown): { faults: string[] } => ({
    faults: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
  });
  const found = await converge(rig, { seed, edits, of, burst: 12, cycles: 20 }).catch(told);
  const { faults } = await rig.close().then(() => ({ faults: [] }), told);
  return { ...found, faults: [...found.faults, ...faults] };
}
