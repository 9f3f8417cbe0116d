import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { below, key, keyPart, orderedBound, orderedPart, partText } from '../../shared/store/keys.ts';
import { changeKey, partitionOf, rowKeys } from '../../shared/store/rows.ts';

/** Any text: lone surrogates, control characters, separators and escapes among it. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom('a', 'b', '|', '~', '$', '.', '7', 'c', '!', '-', '\ud800', '\udc00', 'é', '😀', '/'),
    maxLength: 40,
  }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 20 }),
);
const longText = fc.string({ minLength: 150, maxLength: 1200 });
const anyText = fc.oneof(text, longText);

/** Order by code point, which is the order of UTF-8 bytes. */
const byCodePoint = (a: string, b: string): number => Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
const byUnit = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

describe('keys', () => {
  it('give back their text where it was not cut', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(partText(keyPart(value)) ?? value).toBe(value);
        expect(partText(orderedPart(value)) ?? value).toBe(value);
      }),
    );
  });

  it('differ for different parts, cut or not', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, anyText, (a, b, c, d) => {
        expect(key(a, b) === key(c, d)).toBe(a === c && b === d);
      }),
      { numRuns: 2000 },
    );
    const long = 'x'.repeat(700);
    expect(new Set([keyPart(`${long}a`), keyPart(`${long}b`), keyPart(long)]).size).toBe(3);
    expect(keyPart('\ud800'.repeat(300))).not.toBe(keyPart('\ud801'.repeat(300)));
  });

  it('hold no character that Azure refuses, and at most 500 of them', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (a, b, c) => {
        const keys = [
          partitionOf({ connectionId: a, domain: b, part: c }),
          rowKeys.index(a, b),
          rowKeys.hint(a, b),
          rowKeys.remote(a),
          rowKeys.bad(b, c),
        ];
        for (const made of keys) {
          expect(made).toMatch(/^[!$.:;[`~|A-Za-z0-9_-]+$/);
          expect(made.length).toBeLessThanOrEqual(500);
        }
      }),
    );
  });

  it('sort as their orders do, a prefix first', () => {
    const wellFormed = fc.string({ unit: 'binary', maxLength: 12 });
    fc.assert(
      fc.property(wellFormed, wellFormed, text, text, (a, b, x, y) => {
        if (a === b) return;
        expect(byUnit(rowKeys.index(a, x), rowKeys.index(b, y))).toBe(byCodePoint(a, b));
        const inRange = rowKeys.index(a, x) >= `index|${orderedBound(b)}`;
        expect(inRange).toBe(byCodePoint(a, b) >= 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('number changes so that they sort as numbers', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        expect(byUnit(changeKey(a), changeKey(b))).toBe(Math.sign(a - b));
      }),
    );
  });

  it('lie in the range of their first part, and of no other', () => {
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const { from, to } = below('gone', a);
        const made = rowKeys.hint(b, c);
        expect(made >= from && made < to).toBe(a === b);
      }),
    );
  });
});
