/** The crash plan and the random programs: see the usage in `flags.ts`. Exit code 1 where one ended wrong, 2 for wrong flags. */
import { readFlags, wrong } from './flags.ts';
import { Hosts } from './plan/hosts.ts';
import { leaks } from './plan/leaks.ts';
import { runInProcess, type Outcome } from './plan/in-process.ts';
import { startFaultRig, type FaultRig } from './plan/rig.ts';
import { allCases, caseName, sample, type Case } from './plan/sample.ts';
import type { Scenario } from './plan/scenarios.ts';
import { allScenarios } from './plan/all.ts';
import { modes } from './plan/trap.ts';
import { runManyBooks } from './programs/many-books.ts';
import { runManySeeds } from './programs/many-seeds.ts';

const values = readFlags(process.argv.slice(2));
const { seed } = values;
const kill = values.kill || values.case?.includes('/ killed-') === true;

type Run = (target: Case | null) => Promise<Outcome>;

function chosen(scenario: Scenario, clean: Outcome): Case[] {
  const cases = allCases(scenario.name, clean.calls, kill ? ['killed-before', 'killed-after'] : modes);
  if (values.case !== undefined) return cases.filter((one) => caseName(one) === values.case);
  const [nth = 1, of = 1] = values.slice ?? [];
  const own = cases.filter((_, index) => index % of === nth - 1);
  return values.sample === undefined ? own : sample(own, values.sample, seed);
}

/** How many cases ended wrong; null where there was none to run. */
async function runScenario(scenario: Scenario, run: Run): Promise<number | null> {
  const began = performance.now();
  const clean = await run(null);
  for (const text of clean.broken) say(`BROKEN ${scenario.name} without a fault: ${text}`);
  let broken = clean.broken.length;
  let unmet = 0;
  const cases = chosen(scenario, clean);
  if (cases.length === 0) return null;
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

/** Null where no scenario has the case that was named. */
async function runAll(rig: FaultRig, hosts: Hosts): Promise<number | null> {
  let broken: number | null = null;
  for (const scenario of allScenarios) {
    const named = values.case?.split(' / ')[0] ?? values.scenario ?? scenario.name;
    if (named !== scenario.name) continue;
    const found = await runScenario(scenario, (target) =>
      kill ? hosts.run(scenario, target) : runInProcess(rig, scenario, target),
    );
    if (found !== null) broken = (broken ?? 0) + found;
  }
  return broken;
}

function runPrograms(seeds: number): Promise<number> {
  const { domain, steps, path, edits } = values;
  if (domain === 'mail') return runManySeeds({ seeds, seed, steps, path }, say);
  return runManyBooks({ seeds, seed, domain, edits }, say);
}

if (values.seeds !== undefined) process.exit((await runPrograms(values.seeds)) === 0 ? 0 : 1);

const rig = await startFaultRig();
const hosts = new Hosts(rig);
const broken = await runAll(rig, hosts);
await hosts.close();
const leaked = await leaks(rig);
for (const leak of leaked) say(`BROKEN ${leak}`);
await rig.close();
if (broken === null) wrong('Nothing was run: no scenario has this case.');
process.exitCode = broken + leaked.length === 0 ? 0 : 1;
