import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { mapLimit } from '../../../shared/lib/map-limit.ts';
import { ensureBuilt } from '../../support/built-app.ts';

const CHUNKS = fileURLToPath(new URL('../../../dist/chunks', import.meta.url));
const run = promisify(execFile);

it('each part of the build that is loaded when it is needed can be the first that a worker loads', async () => {
  await ensureBuilt();
  // Shared parts are `chunk-*`; the others are asked for by name.
  const named = (await readdir(CHUNKS)).filter((name) => name.endsWith('.mjs') && !name.startsWith('chunk-'));
  expect(named.length).toBeGreaterThan(20);
  const failed = await mapLimit(named, 2, async (name) => {
    const code = `await import(${JSON.stringify(pathToFileURL(`${CHUNKS}/${name}`).href)})`;
    return run(process.execPath, ['--input-type=module', '-e', code]).then(
      () => [],
      (error: unknown) => [`${name}: ${String(error)}`],
    );
  });
  expect(failed.flat()).toEqual([]);
}, 120_000);
