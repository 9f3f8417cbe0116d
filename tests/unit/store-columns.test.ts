import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMIT_BYTES } from '../../shared/engine/ports.ts';
import { TooLargeError } from '../../shared/errors.ts';
import { checkColumns, literal, numberColumn, pack, serialize, unpack } from '../../shared/store/columns.ts';
import { failureOf, isMissing, storageError } from '../../shared/store/failures.ts';
import { collapse, encodeWrite } from '../../shared/store/rows.ts';
import { sampleRecord } from '../support/sample-rows.ts';

describe('packed columns', () => {
  it('give back any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(unpack(pack(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('give back emoji, lone surrogates and line separators of a long text', () => {
    const value = { subject: '👩‍🚀\ud800\u2028 '.repeat(500) };
    const columns = pack(value);
    expect(Object.keys(columns)).toEqual(['data0']);
    expect(unpack(columns)).toEqual(value);
  });

  it('spread what does not compress over columns under 64 KiB, up to 900 KiB as JSON', () => {
    const value = randomBytes(680 * 1024).toString('base64');
    const columns = pack(value);
    expect(serialize(columns).length).toBeGreaterThan(680 * 1024);
    for (const piece of Object.values(columns)) expect(piece instanceof Buffer && piece.length < 65_536).toBe(true);
    expect(unpack(columns)).toBe(value);
  });

  it('refuse what fits no row, and what Azure refuses although an emulator takes it', () => {
    const huge = sampleRecord('huge', { fields: { text: randomBytes(1_000_000).toString('base64') } });
    expect(() => encodeWrite({ row: 'record', put: huge })).toThrow(TooLargeError);
    const many = Object.fromEntries(Array.from({ length: 253 }, (_, index) => [`c${index}`, 1]));
    expect(() => {
      checkColumns(many);
    }).toThrow(TooLargeError);
    expect(() => {
      checkColumns({ 'a-b': 1 });
    }).toThrow(TooLargeError);
    expect(() => {
      checkColumns({ text: 'x'.repeat(32_769) });
    }).toThrow(TooLargeError);
    const wide = Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`c${index}`, 'x'.repeat(16_000)]));
    expect(() => {
      checkColumns(wide);
    }).toThrow(TooLargeError);
  });

  it('refuse a commit of more bytes than a transaction takes', () => {
    const big = (id: string) =>
      ({
        row: 'record',
        put: sampleRecord(id, { fields: { text: randomBytes(600_000).toString('base64') } }),
      }) as const;
    const writes = ['a', 'b', 'c', 'd', 'e'].map(big);
    expect(() => collapse(writes, { rows: 99, bytes: COMMIT_BYTES })).toThrow(TooLargeError);
    expect(collapse(writes.slice(0, 3), { rows: 99, bytes: COMMIT_BYTES })).toHaveLength(3);
  });

  it('encode a write once', () => {
    const write = { row: 'record', put: sampleRecord('once') } as const;
    expect(encodeWrite(write)).toBe(encodeWrite(write));
  });

  it('keep numbers whole, and write them in filters as they are stored', () => {
    expect(numberColumn(7)).toBe(7);
    expect(numberColumn(5_000_000_000)).toEqual({ type: 'Int64', value: '5000000000' });
    expect(numberColumn(0.5)).toEqual({ type: 'Double', value: '0.5' });
    expect([literal(7), literal(5_000_000_000), literal(0.5), literal(true), literal(`it's`)]).toEqual([
      '7',
      '5000000000L',
      '0.5',
      'true',
      `'it''s'`,
    ]);
  });
});

describe('failures of the SDKs', () => {
  it('are read wherever the SDK puts them', () => {
    expect(failureOf({ statusCode: 404, details: { odataError: { code: 'ResourceNotFound' } } })).toMatchObject({
      status: 404,
      code: 'ResourceNotFound',
    });
    expect(failureOf({ statusCode: 412, code: 'UpdateConditionNotSatisfied' })).toMatchObject({
      status: 412,
      code: 'UpdateConditionNotSatisfied',
    });
    expect(failureOf({ statusCode: 404, details: { errorCode: 'QueueNotFound' } })).toMatchObject({
      code: 'QueueNotFound',
    });
    expect(failureOf({ code: 'ECONNRESET' })).toEqual({ status: null, code: 'ECONNRESET' });
    expect(failureOf('nonsense')).toEqual({ status: null, code: null });
  });

  it('mean "not there" only where the service says so of the row', () => {
    expect(isMissing({ status: 404, code: 'ResourceNotFound' })).toBe(true);
    expect(isMissing({ status: 404, code: 'TableNotFound' })).toBe(false);
    expect(isMissing({ status: 404, code: null })).toBe(false);
  });

  it('become typed errors that name status and code alone', () => {
    const error = storageError(
      'store.unavailable',
      'Reading',
      Object.assign(new Error('row: secret'), { name: 'RestError', statusCode: 500 }),
    );
    expect(error).toMatchObject({ code: 'store.unavailable', message: 'Reading failed: 500' });
    expect(String(error.cause)).not.toContain('secret');
  });
});
