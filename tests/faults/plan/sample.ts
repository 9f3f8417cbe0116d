import { callName, type Call } from './calls.ts';
import { modes, type Mode } from './trap.ts';

/** One case of the plan: a scenario, a call of it, and what happens there. */
export interface Case {
  readonly scenario: string;
  readonly call: Call;
  readonly mode: Mode;
}

/** The name by which a case is run again alone: `node tests/faults/chaos.ts --case '<name>'`. */
export const caseName = ({ scenario, call, mode }: Case): string => `${scenario} / ${callName(call)} / ${mode}`;

/** Every call with every mode. */
export const allCases = (scenario: string, calls: readonly Call[], of: readonly Mode[] = modes): Case[] =>
  calls.flatMap((call) => of.map((mode) => ({ scenario, call, mode })));

/** The seed of this run: `FAULT_SEED`, else 1. Another seed takes other calls and modes. */
export const seedOf = (environment: NodeJS.ProcessEnv): number => Number(environment['FAULT_SEED'] ?? 1);

/**
 * So many cases, evenly spread over the calls and with the modes in turn. The seed moves both: seeds 1, 2, 3 ... walk
 * through the whole plan.
 */
export function sample(cases: readonly Case[], wanted: number, seed: number): Case[] {
  if (cases.length <= wanted) return [...cases];
  const step = cases.length / wanted;
  const offset = ((seed * 7) % Math.ceil(step)) + seed * 0.37;
  return Array.from({ length: wanted }, (_, index) => cases[Math.floor(index * step + offset) % cases.length]).filter(
    (one) => one !== undefined,
  );
}

/**
 * So many cases, evenly spread, and then as many between them (or enough to have a choice). A call that a run makes only now and
 * then (a heartbeat, the repetition of one that a busy machine let time out) may stay out: then another one is taken.
 */
export function withSpare(cases: readonly Case[], wanted: number, seed: number): Case[] {
  const twice = sample(cases, Math.max(4, 2 * wanted), seed);
  return [...twice.filter((_, index) => index % 2 === 0), ...twice.filter((_, index) => index % 2 === 1)];
}

/** The cases that are never left to a sample: a commit that never came, and one whose answer was lost. */
export const commitCases = (cases: readonly Case[]): Case[] =>
  cases.filter(({ call, mode }) => call.kind === 'POST $batch sync' && (mode === 'stopped-before' || mode === 'cut'));
