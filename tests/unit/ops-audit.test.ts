import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ApiClient } from '../../infra/ops/api/client.ts';
import type { Call } from '../../infra/ops/verb.ts';
import { audit } from '../../infra/ops/verbs/audit.ts';

const entry = (n: number) => ({
  id: `e${n}`,
  at: `2026-01-05T09:30:0${n}.000Z`,
  actor: { kind: 'key', name: 'app' },
  operation: 'updateConnection',
  on: { connectionId: 'c1' },
  workspaceId: null,
  changed: ['settings.mail.folders'],
  outcome: 'done',
  status: 200,
  code: null,
  requestId: 'r',
});

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** What the verb asked for and what it said. */
async function run(args: string[], flags: Record<string, string>): Promise<{ asked: string[]; said: string }> {
  const asked: string[] = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const more = asked.length < 3;
    const items = more ? [entry(asked.length * 2), entry(asked.length * 2 - 1)] : [];
    response.end(JSON.stringify({ items, nextCursor: more ? `cursor-${asked.length}` : null }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  let said = '';
  const output: Call['output'] = {
    json: false,
    say: (text) => (said += `${text}\n`),
    note: (text) => (said += `${text}\n`),
    data: () => undefined,
    progress: () => undefined,
    busy: () => undefined,
    settle: () => undefined,
  };
  const call: Call = {
    args,
    text: (name) => flags[name],
    flag: () => false,
    api: () => new ApiClient(`http://127.0.0.1:${port}`, 'k'),
    environment: {},
    output,
  };
  expect(await audit.run(call)).toBe(0);
  return { asked, said };
}

describe('ops audit', () => {
  it('shows who changed what, page by page, and names of settings', async () => {
    const { asked, said } = await run(['c1'], { by: 'app', since: '2026-01-05' });
    expect(asked[0]).toBe('/audit?connectionId=c1&key=app&since=2026-01-05T00%3A00%3A00.000Z&limit=200');
    expect(asked).toHaveLength(3);
    expect(said).toMatch(/TIME +WHO +WHAT +ON +SET +OUTCOME/);
    expect(said).toContain('app  updateConnection  c1  settings.mail.folders  done 200');
    expect(said.match(/2026-01-05T/g)).toHaveLength(4);
  });

  it('ends at its limit, and says that there is more', async () => {
    const { asked, said } = await run([], { limit: '1' });
    expect(asked).toEqual(['/audit?limit=200']);
    expect(said).toContain('There are more');
  });

  it('refuses what is no time and no number', async () => {
    await expect(run([], { since: 'soon' })).rejects.toThrow('--since');
    await expect(run([], { limit: '0' })).rejects.toThrow('--limit');
  });
});
