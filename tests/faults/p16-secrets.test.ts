import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { startWorld } from '../support/sync-world.ts';
import { HostWorker } from './plan/host-worker.ts';
import { BODY_MARK, leaks } from './plan/leaks.ts';
import { startFaultRig, type FaultRig } from './plan/rig.ts';
import { push, scenarios } from './plan/scenarios.ts';
import { runInProcess } from './plan/in-process.ts';
import { runOnHost } from './plan/with-host.ts';

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

it('P16 after syncs, pushes, reads and failures no table, queue or log holds a token, a password, a secret or a body', async () => {
  for (const scenario of scenarios) {
    await runInProcess(rig, scenario, {
      call: { service: 'entra', kind: 'POST token', ordinal: 1 },
      mode: 'lost',
    });
  }
  const withBodies = {
    ...push,
    prepare: async (...[on, app]: Parameters<typeof push.prepare>) => {
      const prepared = await push.prepare(on, app);
      const body = `${'Long enough to be no preview. '.repeat(20)}${BODY_MARK}`;
      const content = { subject: 'With a body', body, contentType: 'text' };
      const [message] = made.parse(await on.user(prepared.mailbox.upn, 'POST', '/messages', content));
      const told = { ...prepared.expected.told, [message?.id ?? '']: ['message.created'] };
      return { ...prepared, expected: { ...prepared.expected, told } };
    },
  };
  const outcome = await runOnHost(rig, host, withBodies, null);
  expect(outcome.broken).toEqual([]);
  expect(rig.harvest.secrets.size).toBeGreaterThan(20);
  expect(rig.harvest.messages.size).toBeGreaterThan(5);
  expect(rig.lines.length).toBeGreaterThan(10);
  expect(await leaks(rig)).toEqual([]);
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
