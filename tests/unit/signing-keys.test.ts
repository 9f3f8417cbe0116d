import { describe, expect, it } from 'vitest';
import { liveSecrets, newRing, newSecret, readRing, ringText, rotated } from '../../shared/engine/signing-keys.ts';
import { systemRandom } from '../../shared/lib/random.ts';

const at = (ms: number): Date => new Date(Date.UTC(2026, 0, 5) + ms);

describe('signing keys', () => {
  it('are 32 random bytes in plain base64, as the libraries of receivers read them', () => {
    const secrets = Array.from({ length: 50 }, () => newSecret(systemRandom));
    expect(new Set(secrets).size).toBe(50);
    for (const secret of secrets) {
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
    }
  });

  it('sign together for the overlap, the newest first; an older end stays where it was', () => {
    const one = rotated(newRing('whsec_a'), 'whsec_b', at(0), 1_000);
    const two = rotated(one, 'whsec_c', at(500), 10_000);
    expect(liveSecrets(two, at(999))).toEqual(['whsec_c', 'whsec_b', 'whsec_a']);
    expect(liveSecrets(two, at(1_000))).toEqual(['whsec_c', 'whsec_b']);
    expect(liveSecrets(two, at(10_500))).toEqual(['whsec_c']);
  });

  it('forget what has ended, and all but the newest without an overlap', () => {
    const one = rotated(newRing('whsec_a'), 'whsec_b', at(0), 1_000);
    expect(rotated(one, 'whsec_c', at(1_000), 5_000).keys.map(({ secret }) => secret)).toEqual(['whsec_c', 'whsec_b']);
    expect(rotated(one, 'whsec_c', at(1), 0).keys).toEqual([{ secret: 'whsec_c', until: null }]);
  });

  it('are read as they were written, and nothing else is', () => {
    const ring = rotated(newRing('whsec_a'), 'whsec_b', at(0), 1_000);
    expect(readRing(ringText(ring))).toEqual(ring);
    for (const text of ['', '{}', '{"keys":[]}', '{"keys":[{"secret":"x","until":null}]}'])
      expect(readRing(text)).toBeNull();
  });
});
