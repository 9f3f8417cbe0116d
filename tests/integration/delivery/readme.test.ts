import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { closeSites, ok, SECRET, sender } from './support.ts';

let child: ChildProcess | undefined;
afterEach(async () => {
  await closeSites();
  if (child === undefined) return;
  child.kill();
  await once(child, 'exit');
});

it('the receiver of the README takes what we signed, and nothing else', async () => {
  const code = /```js\n(\/\/ receiver\.mjs[^]*?)```/.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';
  // A port that was free a moment ago.
  const free = await ok();
  await free.close();
  const program = code.replace('3000', String(free.port));
  expect(program).not.toBe(code);
  const env = { PATH: process.env['PATH'] ?? '', SECRET };
  child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const url = `http://127.0.0.1:${free.port}/`;
  const body = JSON.stringify({ type: 'message.created', data: { after: { subject: 'Lunch?' } } });
  await expect
    .poll(() => sender()(url, body, 'dlv_1'), { timeout: 20_000 })
    .toMatchObject({ outcome: 'delivered', status: 204 });
  await expect.poll(() => lines).toEqual(['dlv_1 message.created Lunch?']);
  const forged = { read: () => Promise.resolve(`{"keys":[{"secret":"whsec_${'A'.repeat(43)}=","until":null}]}`) };
  expect(await sender({ secrets: forged })(url, body)).toMatchObject({ outcome: 'refused', status: 400 });
}, 30_000);
