import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openApp } from '../../../shared/app.ts';
import { loadConfig } from '../../../shared/config.ts';
import { silentLog } from '../../../shared/lib/log.ts';
import { serviceOrigin, startFaultProxy, throughProxies, type FaultProxy } from '../../support/fault-proxy.ts';
import { startWorld, type SyncWorld } from '../../support/sync-world.ts';
import { startReceiver, type Receiver } from '../../support/webhook-receiver.ts';

let world: SyncWorld;
let queues: FaultProxy;
let tables: FaultProxy;
let receiver: Receiver;
beforeAll(async () => {
  world = await startWorld({ messages: 3, folders: 1 });
  await world.drain();
  queues = await startFaultProxy(serviceOrigin(world.azurite.connectionString, 'queue'));
  tables = await startFaultProxy(serviceOrigin(world.azurite.connectionString, 'table'));
  receiver = await startReceiver();
  const storage = throughProxies(world.azurite.connectionString, { queue: queues.url, table: tables.url });
  receiver.serve(
    openApp(loadConfig({ ...world.environment, AzureWebJobsStorage: storage }), { clock: world.clock, log: silentLog }),
  );
});
afterEach(() => {
  queues.heal();
  tables.heal();
});
afterAll(async () => {
  await receiver.close();
  await queues.close();
  await tables.close();
  await world[Symbol.asyncDispose]();
});

const remotes = z.array(z.looseObject({ id: z.string(), notificationUrl: z.string(), clientState: z.string() }));

/** A notification of the live subscription, to the worker whose storage fails. */
async function tell(body?: string): Promise<Response> {
  const [remote] = remotes.parse(await world.control('GET', '/subscriptions'));
  const { pathname, search } = new URL(remote?.notificationUrl ?? '');
  const item = { subscriptionId: remote?.id, clientState: remote?.clientState, resourceData: { id: 'm1' } };
  return fetch(`${receiver.url}${pathname}${search}`, {
    method: 'POST',
    body: body ?? JSON.stringify({ value: [item] }),
  });
}
const wake = () => world.app.wake.read({ connectionId: world.connectionId, domain: 'mail' });

describe('a notification while storage is down', () => {
  it('is answered 503 when the queue is, and leaves no wake row behind', async () => {
    queues.plan({ method: 'POST', path: /messages/, times: Infinity, fault: { before: { status: 503 } } });
    const response = await tell();
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await wake()).toBeNull();
    expect((await world.drain()).sync).toBe(0);
  });

  it('is answered 503 when the tables are', async () => {
    tables.plan({ times: Infinity, fault: { before: { status: 503 } } });
    expect((await tell()).status).toBe(503);
    expect(await wake()).toBeNull();
  });

  it('is taken when it comes again', async () => {
    expect((await tell()).status).toBe(202);
    expect((await world.drain()).sync).toBe(1);
  });

  it('that is malformed or too large queues nothing', async () => {
    expect((await tell('{"value": 1}')).status).toBe(400);
    expect((await tell('x'.repeat(1024 * 1024 + 1))).status).toBe(413);
    expect((await world.drain()).sync).toBe(0);
  });
});
