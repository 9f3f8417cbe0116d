import { expect, it } from 'vitest';
import { openApp } from '../../../shared/app.ts';
import { loadConfig } from '../../../shared/config.ts';
import { mail } from '../../../shared/domains/mail/index.ts';
import { updateOf, writeLocally } from '../../../shared/engine/local-write.ts';
import { runPushJob } from '../../../shared/jobs/push-job.ts';
import { silentLog } from '../../../shared/lib/log.ts';
import { serviceOrigin, startFaultProxy, throughProxies } from '../../support/fault-proxy.ts';
import { startWorld } from '../../support/sync-world.ts';

it('P8 a push job reads the outbox whole at its begin and its end, and not for each of its operations', async () => {
  await using world = await startWorld({ messages: 12, folders: 1 });
  await world.drain();
  const scope = { connectionId: world.connectionId, domain: 'mail' };
  const messages = await world.messages();
  expect(messages.length).toBeGreaterThan(5);
  const table = await startFaultProxy(serviceOrigin(world.azurite.connectionString, 'table'));
  const wholes = (): string[] =>
    table.requests
      .map(({ path }) => decodeURIComponent(path.replaceAll('+', ' ')))
      .filter((path) => path.includes("'outbox|'"));
  const storage = throughProxies(world.azurite.connectionString, { table: table.url });
  const app = openApp(loadConfig({ ...world.environment, AzureWebJobsStorage: storage }), {
    clock: world.clock,
    log: silentLog,
  });
  for (const { id } of messages)
    await writeLocally(app, mail, scope, { intend: updateOf(id, 'update', { categories: ['Ours'] }) });
  expect(wholes()).toEqual([]);
  expect(await app.store.readOutbox(scope)).toHaveLength(messages.length);
  table.forget();
  await runPushJob({ ...scope, due: null }, app);
  expect(wholes()).toHaveLength(2);
  expect(await app.store.readOutbox(scope)).toEqual([]);
  await world.poll();
  expect(await world.differences()).toEqual([]);
  await table.close();
});
