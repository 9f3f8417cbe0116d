import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { startWorld } from '../support/sync-world.ts';
import { HostWorker } from './plan/host-worker.ts';
import { packed, readRows } from './plan/partition.ts';
import { API_KEY, CLIENT_SECRET, startFaultRig, type FaultRig } from './plan/rig.ts';
import { push, scenarios } from './plan/scenarios.ts';
import { runInProcess } from './plan/in-process.ts';
import { runOnHost } from './plan/with-host.ts';

const BODY = 'A sentence that stands in bodies alone';

const made = z.array(z.object({ id: z.string() }));

let rig: FaultRig;
let host: HostWorker;
beforeAll(async () => {
  rig = await startFaultRig();
  host = new HostWorker(rig);
});
afterAll(async () => {
  await host.close();
  await rig.close();
});

/** All tokens, codes and verifiers that went over the wire. */
function secretsSeen(): string[] {
  const bearers = rig.proxies.graph.requests.map(({ headers }) => headers.authorization?.replace(/^Bearer /, '') ?? '');
  const forms = rig.proxies.entra.requests.map(({ body }) => new URLSearchParams(body.toString()));
  const fields = ['refresh_token', 'code', 'code_verifier', 'client_secret', 'client_assertion'];
  const sent = forms.flatMap((form) => fields.flatMap((field) => form.get(field) ?? []));
  return [...new Set([...bearers, ...sent])].filter((text) => text.length > 8);
}

/** Every row of every table, as text, with what is packed unpacked. */
async function allRows(): Promise<string> {
  const texts: string[] = [];
  for (const table of ['sync', 'connections', 'lookups', 'due', 'mailboxes']) {
    for (const row of await readRows(rig, table)) texts.push(JSON.stringify([row, packed(row)]));
  }
  return texts.join('\n');
}

/** All that was ever sent to a queue. */
const allMessages = (): string =>
  rig.proxies.queue.requests
    .map(({ body }) => /<MessageText>([^<]+)</.exec(body.toString())?.[1] ?? '')
    .map((text) => Buffer.from(text, 'base64').toString())
    .join('\n');

it('P16 after syncs, pushes, reads and failures no table, queue or log holds a token, a password, a secret or a body', async () => {
  const kept = { lines: [] as string[], messages: [] as string[], secrets: [] as string[] };
  const keep = (): void => {
    kept.secrets.push(...secretsSeen());
    kept.messages.push(allMessages());
  };
  for (const scenario of scenarios) {
    await runInProcess(rig, scenario, {
      call: { service: 'entra', kind: 'POST token', ordinal: 1 },
      mode: 'lost',
    });
    keep();
  }
  const withBodies = {
    ...push,
    prepare: async (...[on, app]: Parameters<typeof push.prepare>) => {
      const prepared = await push.prepare(on, app);
      const body = `${'Long enough to be no preview. '.repeat(20)}${BODY}`;
      const content = { subject: 'With a body', body, contentType: 'text' };
      const [message] = made.parse(await on.user(prepared.mailbox.upn, 'POST', '/messages', content));
      keep();
      const told = { ...prepared.expected.told, [message?.id ?? '']: ['message.created'] };
      return { ...prepared, expected: { ...prepared.expected, told } };
    },
  };
  const outcome = await runOnHost(rig, host, withBodies, null);
  keep();
  kept.lines.push(...rig.lines, ...host.lines);
  expect(outcome.broken).toEqual([]);
  expect(kept.secrets.some((text) => text.startsWith('ey') || text.length > 100)).toBe(true);
  expect(kept.lines.length).toBeGreaterThan(10);
  const places = { rows: await allRows(), messages: kept.messages.join('\n'), lines: kept.lines.join('\n') };
  const secrets = new Set([...kept.secrets, 'Pa55-word!', CLIENT_SECRET, API_KEY, BODY]);
  const leaks = Object.entries(places).flatMap(([place, text]) =>
    [...secrets].filter((secret) => text.includes(secret)).map((secret) => `${place}: ${secret.slice(0, 12)}`),
  );
  expect(leaks).toEqual([]);
}, 120_000);

it('P16 a bearer token goes to Graph alone, whatever a next link says', async () => {
  await using world = await startWorld({ messages: 30, settings: { SYNC_PAGE_SIZE: '5' } });
  const thief = await startFaultProxy(world.microsoft.graph);
  world.graph.plan({
    path: /\/delta/,
    times: Infinity,
    fault: { rewrite: (text) => text.replaceAll(world.graph.url, thief.url) },
  });
  await world.drain();
  expect(thief.requests).toEqual([]);
  expect((await world.head()).status.status).toBe('error');
  world.graph.heal();
  world.clock.move(7_200_000);
  await world.poll();
  expect(await world.differences()).toEqual([]);
  expect(thief.requests).toEqual([]);
  await thief.close();
});
