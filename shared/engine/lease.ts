import { noEffect, type Chunk } from './chunk.ts';
import type { Head } from './head.ts';
import type { RaisedWake } from './ports.ts';
import { noted } from './wake-up.ts';

/** Who asks for the lease of a partition, and for how long. */
export interface LeaseOptions {
  readonly owner: string;
  readonly leaseMs: number;
  /** The due row that covers this run; left in the head where another worker holds the lease. */
  readonly cover: string | null;
  /** A poll of all streams is wanted; left in the head where another worker holds the lease. */
  readonly all: boolean;
}

/** Due rows that a head remembers; those beyond cost an empty job each. */
const COVERS = 20;

/** Whether another worker holds the lease now. */
export function isTaken(head: Head, owner: string, now: Date): boolean {
  if (head.lease === null || head.lease.owner === owner) return false;
  return Date.parse(head.lease.until) > now.getTime();
}

/** What a job that finds the lease taken leaves for its holder. */
export const leftFor = (head: Head, options: LeaseOptions): Partial<Head> => ({
  again: true,
  covers: coversWith(head.covers, options.cover),
  ...(options.all ? { owed: true } : {}),
});

const coversWith = (covers: readonly string[], cover: string | null): string[] =>
  cover === null ? [...covers] : [...new Set([...covers, cover])].slice(-COVERS);

/** The wake-up goes over into the head: what it asks for is noted, and its row goes if it still stands as it was read. */
export function takeIn(chunk: Chunk, head: Head, wake: RaisedWake): void {
  chunk.headPatch = noted(head, wake.ids);
  chunk.add({ ...noEffect, writes: [{ row: 'wake', remove: wake.version }] });
}
