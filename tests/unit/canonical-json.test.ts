import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../shared/lib/canonical-json.ts';

describe('the canonical text of a JSON value', () => {
  it('is its JSON, with members in one order on every level', () => {
    const value: unknown = JSON.parse('{"b":[1,"\\"",null,{"d":true,"c":{}}],"a":[],"10":1,"9":-0.5}');
    expect(canonicalJson(value)).toBe('{"10":1,"9":-0.5,"a":[],"b":[1,"\\"",null,{"c":{},"d":true}]}');
    expect(['x', 1, null].map(canonicalJson)).toEqual(['"x"', '1', 'null']);
  });

  it('is made of a value however deep it nests', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const text = `${open.repeat(200_000)}1${close.repeat(200_000)}`;
      expect(canonicalJson(JSON.parse(text)) === text).toBe(true);
    }
  });
});
