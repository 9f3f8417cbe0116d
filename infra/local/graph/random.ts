import { createHash } from 'node:crypto';

/** A seeded source of chance: the same seed gives the same row of values. */
export interface Random {
  /** 0 <= x < 1 */
  next(): number;
  /** A whole number, 0 <= x < below. */
  int(below: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** A source of its own: drawing from it does not move this one. */
  fork(name: string): Random;
}

/** mulberry32: small, quick, and good enough to choose test data. Numbers in [0, 1), from 32 bits of state. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function createRandom(seed: number | string): Random {
  const next = mulberry32(createHash('sha256').update(String(seed)).digest().readUInt32LE(0));
  const int = (below: number): number => Math.floor(next() * below);
  return {
    next,
    int,
    pick: (items) => items[int(items.length)] ?? items[0],
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

/** A GUID (version 4 in looks) that is the same for the same text. */
export function guidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
