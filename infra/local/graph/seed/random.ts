import { mulberry32 } from '../random.ts';

/** A small seeded source of chance: the same seed gives the same mail on every machine. */
export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** An integer in [0, below). */
  int(below: number): number;
  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly [T, ...T[]]): T;
  chance(probability: number): boolean;
  /** `length` lower-case hexadecimal digits. */
  hex(length: number): string;
}

/** 32 bits of state are plenty for test data, and it is far quicker than a faker call. */
export function seededRandom(seed: number): Random {
  const next = mulberry32(seed);
  const int = (below: number): number => Math.floor(next() * below);
  return {
    next,
    int,
    pick: (items) => items[int(items.length)] ?? items[0],
    chance: (probability) => next() < probability,
    hex(length) {
      let text = '';
      while (text.length < length) text += int(0x1000000).toString(16).padStart(6, '0');
      return text.slice(0, length);
    },
  };
}
