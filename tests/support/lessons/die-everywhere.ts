import { expect } from 'vitest';
import { Died, dying } from '../mortal.ts';
import type { LessonsWorld } from './world.ts';

type Job = 'push' | 'sync';

export interface Deaths {
  /** A world of its own for each death, with all that is to be done. */
  readonly open: () => Promise<LessonsWorld>;
  /** The jobs of the worker that dies. */
  readonly jobs?: readonly Job[];
  /** The jobs of those that come later, three times, an hour apart. */
  readonly later?: readonly Job[];
  /** What has been told in the end, wherever it died. */
  readonly told: Readonly<Record<string, number>>;
  /** Calls that the jobs make, at most. */
  readonly most: number;
}

/** A worker dies at each call in turn, before and after its effect; those that come later bring all to its end. */
export async function dieEverywhere(deaths: Deaths): Promise<void> {
  for (const when of ['before', 'after'] as const)
    for (let at = 1; await dies(deaths, at, when); at++) expect(at).toBeLessThan(deaths.most);
}

/** Whether there was such a call to die at. */
async function dies(deaths: Deaths, at: number, when: 'before' | 'after'): Promise<boolean> {
  const { open, jobs = ['sync'], later = ['sync'], told } = deaths;
  const world = await open();
  const worker = dying(at, when);
  const ports = world.portsOver(worker.over(world.rows));
  for (const job of jobs)
    await world[job](ports, worker.over(world.remote)).catch((error: unknown) => {
      if (!(error instanceof Died)) throw error;
    });
  for (let poll = 0; poll < 3; poll++) {
    world.clock.move(3_600_000);
    for (const job of later) await world[job]();
  }
  expect({ at, when, told: world.counted(), faults: world.faults() }).toEqual({ at, when, told, faults: [] });
  return worker.calls() >= at;
}
