import { randomBytes, randomInt } from 'node:crypto';

/** Where randomness comes from. Injected, so that tests repeat themselves. */
export interface Random {
  /** An unguessable text of `bytes` random bytes, in base64url. */
  token(bytes?: number): string;
  /** A number in [0, 1). */
  fraction(): number;
}

export const systemRandom: Random = {
  token: (bytes = 16) => randomBytes(bytes).toString('base64url'),
  fraction: () => randomInt(0x7fffffff) / 0x7fffffff,
};
