import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ApiClient } from '../../infra/ops/api/client.ts';
import { connect } from '../../infra/ops/verbs/connect.ts';

/** What the verb asked for. */
async function bodyOf(flags: Record<string, string>): Promise<unknown> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      bodies.push(Buffer.concat(chunks).toString());
      response.end(JSON.stringify({ url: 'https://x.example/', expiresAt: '2026-01-05T09:30:00.000Z' }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const quiet = (): undefined => undefined;
  const output = {
    ...{ json: false, say: quiet, note: quiet, data: quiet },
    ...{ progress: quiet, busy: quiet, settle: quiet },
  };
  const api = (): ApiClient => new ApiClient(`http://127.0.0.1:${port}`, 'k');
  await connect.run({
    ...{ args: [], flag: () => false, environment: {}, output, api },
    text: (name) => ({ user: 'u', ...flags })[name],
  });
  server.close();
  return JSON.parse(bodies[0] ?? '');
}

it('says which folders and calendars are meant, and nothing of what it was not told', async () => {
  expect(await bodyOf({})).toEqual({ userId: 'u', domains: ['mail'] });
  expect(await bodyOf({ domains: 'mail,calendar', folders: 'all', calendars: 'all' })).toEqual({
    ...{ userId: 'u', domains: ['mail', 'calendar'] },
    settings: { mail: { folders: 'all' }, calendar: { calendarIds: 'all' } },
  });
  expect(await bodyOf({ domains: 'calendar', calendars: 'AAA=,default' })).toMatchObject({
    settings: { calendar: { calendarIds: ['AAA=', 'default'] } },
  });
  expect(await bodyOf({ domains: 'calendar', calendars: 'choose' })).toMatchObject({
    settings: { calendar: { selectCalendars: true } },
  });
});
