import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../../infra/local/demo/wait.ts';
import { stackSettings, startHost } from '../../../infra/local/stack.ts';
import { createApp } from '../local-host/fixture-app.ts';

/** None of them is asked for anything: the start fails before. */
const nowhere = 'http://127.0.0.1:9';
const right = stackSettings({
  storage: 'UseDevelopmentStorage=true',
  vault: nowhere,
  authority: nowhere,
  graph: nowhere,
  port: 9,
});

describe('wrong settings', () => {
  it('stop the start, with every fault at once and no secret in them', async () => {
    const wrong = {
      MICROSOFT_CLIENT_ID: '',
      MICROSOFT_CLIENT_SECRET: '',
      GRAPH_BASE_URL: 'http://graph.example',
      KEY_VAULT_URL: 'https://vault.example/path',
      PUBLIC_BASE_URL: 'nonsense',
      API_KEYS: '[{"name":"x","sha256":"a-secret-text","scopes":["all"]}]',
      EMAIL_SYNC_SCHEDULE: '* * * * *',
      LEASE_SECONDS: '1',
      SYNC_DELTA_PAGE_LIMIT: 'many',
    };
    const settings = { ...right, ...wrong };
    const failure: unknown = await startHost({ port: 0, settings }).catch((error: unknown) => error);
    const text = failure instanceof Error ? failure.message : expect.fail('it started');
    expect(text).toContain('ended with 1');
    for (const name of Object.keys(wrong)) expect(text).toMatch(new RegExp(`- ${name}[.:]`));
    expect(text).not.toContain('a-secret-text');
  });
});

describe('the local stack', () => {
  it('takes nothing from local.settings.json, which is of the host with settings of its own', async () => {
    const main = `import { app } from '@azure/functions'; app.http('hello', { handler: () => ({}) });
      console.log('::' + process.env.A + ' ' + process.env.MICROSOFT_TENANT_ID);`;
    const app = await createApp({ main, localSettings: { A: 'file', MICROSOFT_TENANT_ID: 'contoso.example' } });
    const lines: string[] = [];
    const onLog = (line: string): number => lines.push(line);
    try {
      const host = await startHost({ port: 0, settings: { A: 'given' }, flags: ['--app', app.folder], onLog });
      await host.close();
      expect(lines.flatMap((line) => /::(.*)$/.exec(line)?.[1] ?? [])).toEqual(['given undefined']);
    } finally {
      await app.remove();
    }
  });

  it('leaves no host behind when its own process is killed', async () => {
    const app = await createApp({
      main: `import { app } from '@azure/functions'; app.http('hello', { handler: () => ({}) });`,
    });
    const stack = fileURLToPath(new URL('../../../infra/local/stack.ts', import.meta.url));
    const program = `const { startHost } = await import(${JSON.stringify(stack)});
      const host = await startHost({ port: 0, settings: {}, flags: ['--app', ${JSON.stringify(app.folder)}] });
      process.send(host.pid);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    try {
      const [pid] = z.tuple([z.number(), z.unknown()]).parse(await once(parent, 'message'));
      expect(isRunning(pid)).toBe(true);
      parent.kill('SIGKILL');
      await until('the host is gone', () => Promise.resolve(!isRunning(pid)));
    } finally {
      parent.kill('SIGKILL');
      await app.remove();
    }
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
