import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi, type MockInstance } from 'vitest';
import { readFlags } from '../../infra/local/demo/flags.ts';

class Ended extends Error {
  readonly code: unknown;

  constructor(code: unknown) {
    super('the process ended');
    this.code = code;
  }
}

const here = fileURLToPath(import.meta.url);
let [error, log]: MockInstance<(text: string) => void>[] = [];
beforeEach(() => {
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Ended(code);
  });
  error = vi.spyOn(console, 'error').mockReturnValue(undefined);
  log = vi.spyOn(console, 'log').mockReturnValue(undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** The code that the process ends with, and what it wrote to whom. */
function ended(args: readonly string[]): { code: unknown; error: string; log: string } {
  const text = (of: MockInstance<(text: string) => void> | undefined): string => of?.mock.calls.flat().join() ?? '';
  try {
    readFlags(args);
  } catch (thrown) {
    if (thrown instanceof Ended) return { code: thrown.code, error: text(error), log: text(log) };
    throw thrown;
  }
  throw new Error('the flags were taken');
}

it('without flags starts a demo mailbox of 500 at the usual port', () => {
  const usual = { watch: false, verbose: false, port: 7071, messages: 500, 'return-url': [], import: [] };
  expect(readFlags([])).toEqual(usual);
});

it('takes all flags, those that may be repeated too', () => {
  const sizes = ['--port', '8000', '--messages=0', '--verbose', '--watch'];
  const places = ['--return-url', 'https://a.example/', '--return-url', 'https://b.example/', '--import', here];
  expect(readFlags([...sizes, ...places, '--import', '.'])).toEqual({
    ...{ watch: true, verbose: true, port: 8000, messages: 0, import: [here, '.'] },
    'return-url': ['https://a.example/', 'https://b.example/'],
  });
});

it.each([
  ['a port that is none', ['--port', '65534'], 'port'],
  ['a port that is no number', ['--port', 'http'], 'port'],
  ['too many messages', ['--messages', '100001'], 'messages'],
  ['half a message', ['--messages', '1.5'], 'messages'],
  ['a prefix that is no URL', ['--return-url', 'example'], 'return-url'],
  ['a file that is not there', ['--import', here, '--import', `${here}.absent`], 'is not there'],
  ['no file', ['--import'], '--import'],
  ['a flag that is misspelt', ['--imports', here], '--imports'],
  ['something that is no flag', [here], here],
])('of %s says what is wrong, shows the usage and ends with 2', (_, args, named) => {
  const told = ended(args);
  expect(told.code).toBe(2);
  expect(told.error).toContain(named);
  expect(told.error).toContain('npm start -- [flags]');
  expect(told.log).toBe('');
});

it('shows the usage and ends with 0 where help is asked for, whatever else is', () => {
  const told = ended(['--port', 'x', '--help']);
  expect([told.code, told.error]).toEqual([0, '']);
  expect(told.log).toContain('--import <path>');
});
