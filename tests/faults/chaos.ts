/**
 * The whole crash plan: every call of every scenario, with everything that can happen to it.
 *
 *     node tests/faults/chaos.ts                          all cases in this process (about an hour)
 *     node tests/faults/chaos.ts --kill                   the same calls, with kill -9 of the real host (needs `npm run build`)
 *     node tests/faults/chaos.ts --scenario delta         one scenario
 *     node tests/faults/chaos.ts --slice 2/5              the second fifth of each scenario's cases
 *     node tests/faults/chaos.ts --sample 40 --seed 7     so many of each scenario, as the seed has it
 *     node tests/faults/chaos.ts --seeds 10000            random programs instead, one of each seed (about 2 s each)
 *     node tests/faults/chaos.ts --seeds 1 --seed 7       the program of one seed (`--path` as a failure prints it: shrunk)
 *     node tests/faults/chaos.ts --seeds 20 --domain contacts   random edits on both sides of an address book (about 40 s each)
 *     node tests/faults/chaos.ts --seeds 20 --domain calendar   the same of calendars, with series and their occurrences
 *     node tests/faults/chaos.ts --case 'push / graph PATCH /v1.0/me/messages/* #1 / cut'
 */
import { parseArgs } from 'node:util';
import { Hosts } from './plan/hosts.ts';
import { leaks } from './plan/leaks.ts';
import { runInProcess, type Outcome } from './plan/in-process.ts';
import { startFaultRig, type FaultRig } from './plan/rig.ts';
import { allCases, caseName, sample, seedOf, type Case } from './plan/sample.ts';
import type { Scenario } from './plan/scenarios.ts';
import { allScenarios } from './plan/all.ts';
import { modes } from './plan/trap.ts';
import { runManyBooks } from './programs/many-books.ts';
import { runManySeeds } from './programs/many-seeds.ts';

const { values } = parseArgs({
  options: {
    kill: { type: 'boolean', default: false },
    scenario: { type: 'string' },
    case: { type: 'string' },
    sample: { type: 'string' },
    slice: { type: 'string' },
    seed: { type: 'string' },
    seeds: { type: 'string' },
    steps: { type: 'string' },
    path: { type: 'string' },
    domain: { type: 'string', default: 'mail' },
    edits: { type: 'string' },
  },
});
const seed = Number(values.seed ?? seedOf(process.env));
const kill = values.kill || values.case?.includes('/ killed-') === true;

type Run = (target: Case | null) => Promise<Outcome>;

function chosen(scenario: Scenario, clean: Outcome): Case[] {
  const cases = allCases(scenario.name, clean.calls, kill ? ['killed-before', 'killed-after'] : modes);
  if (values.case !== undefined) return cases.filter((one) => caseName(one) === values.case);
  const [nth = 1, of = 1] = values.slice?.split('/').map(Number) ?? [];
  const own = cases.filter((_, index) => index % of === nth - 1);
  return values.sample === undefined ? own : sample(own, Number(values.sample), seed);
}

async function runScenario(scenario: Scenario, run: Run): Promise<number> {
  const began = performance.now();
  const clean = await run(null);
  for (const text of clean.broken) say(`BROKEN ${scenario.name} without a fault: ${text}`);
  let broken = clean.broken.length;
  let unmet = 0;
  const cases = chosen(scenario, clean);
  for (const one of cases) {
    const outcome = await attempt(() => run(one));
    if (!outcome.sprung) unmet++;
    if (outcome.broken.length === 0) continue;
    broken++;
    say(`BROKEN --case '${caseName(one)}'\n  ${outcome.broken.join('\n  ')}`);
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  say(`${scenario.name}: ${cases.length} cases in ${seconds} s, ${broken} broken, ${unmet} not met (seed ${seed})`);
  return broken;
}

async function attempt(run: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await run();
  } catch (error) {
    return {
      calls: [],
      sprung: true,
      broken: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    };
  }
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function runAll(rig: FaultRig, hosts: Hosts): Promise<number> {
  let broken = 0;
  for (const scenario of allScenarios) {
    const named = values.case?.split(' / ')[0] ?? values.scenario ?? scenario.name;
    if (named !== scenario.name) continue;
    broken += await runScenario(scenario, (target) =>
      kill ? hosts.run(scenario, target) : runInProcess(rig, scenario, target),
    );
  }
  return broken;
}

async function runPrograms(seeds: string): Promise<number> {
  const { seed: first, steps, path, domain, edits } = values;
  if (domain === 'mail') return runManySeeds({ seeds, seed: first, steps, path }, say);
  return runManyBooks({ seeds, domain, seed: first, edits }, say);
}

if (values.seeds !== undefined) process.exit((await runPrograms(values.seeds)) === 0 ? 0 : 1);

const rig = await startFaultRig();
const hosts = new Hosts(rig);
const broken = await runAll(rig, hosts);
const leaked = await leaks(rig, hosts.lines);
for (const leak of leaked) say(`BROKEN ${leak}`);
await hosts.close();
await rig.close();
process.exitCode = broken + leaked.length === 0 ? 0 : 1;
