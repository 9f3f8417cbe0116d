/** Runs a timer and all that it enqueues, in a process that does nothing else, and tells what it took. Wants `--expose-gc`. */
import { QueueServiceClient } from '@azure/storage-queue';
import { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { openApp } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { runDispatch } from '../../shared/jobs/dispatch.ts';
import { runTimer } from '../../shared/jobs/timers.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { countCalls } from './counted-calls.ts';
import { dispatchTask, type DispatchStep } from './dispatch-types.ts';

const MIB = 1024 * 1024;
const LOOK_MS = 250;

const { way, settings, usualTable } = dispatchTask.parse(JSON.parse(process.argv[2] ?? ''));
const storage = settings['AzureWebJobsStorage'] ?? '';
const app = openApp(loadConfig(settings), { log: silentLog });
const queues = QueueServiceClient.fromConnectionString(storage);

async function measured(work: () => Promise<void>): Promise<DispatchStep> {
  let heapMb = 0;
  const look = (): void => {
    globalThis.gc?.();
    heapMb = Math.max(heapMb, process.memoryUsage().heapUsed / MIB);
  };
  look();
  const calls = countCalls();
  const looking = setInterval(look, LOOK_MS);
  const began = performance.now();
  await work();
  const ms = performance.now() - began;
  clearInterval(looking);
  look();
  calls.stop();
  return { ms, calls: calls.sent(), heapMb };
}

/** The timer's messages one after the other, as one worker with one of them at a time would have them. */
async function runShares(): Promise<void> {
  const queue = queues.getQueueClient('dispatch');
  for (;;) {
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 1, visibilityTimeout: 600 });
    const [item] = receivedMessageItems;
    if (item === undefined) return;
    await runDispatch(JSON.parse(Buffer.from(item.messageText, 'base64').toString()), app);
    await queue.deleteMessage(item.messageId, item.popReceipt);
  }
}

/** As it is usually written: all connections are asked which of them are due, and each of these gets a message. */
async function runUsual(): Promise<void> {
  const table = TableClient.fromConnectionString(storage, usualTable, { allowInsecureConnection: true });
  const filter = `nextSyncAt le '${new Date().toISOString()}'`;
  const rows = table.listEntities<{ connectionId: string }>({ queryOptions: { filter } });
  for await (const { connectionId } of rows)
    await app.queues.sync({ connectionId, domain: 'mail', why: 'schedule', due: null });
}

const queue = queues.getQueueClient('sync-jobs');
await queue.createIfNotExists();
await queues.getQueueClient('dispatch').createIfNotExists();
const timer = await measured(() => (way === 'ours' ? runTimer('emailSync', app) : Promise.resolve()));
const work = await measured(way === 'ours' ? runShares : runUsual);
const jobs = z.number().parse((await queue.getProperties()).approximateMessagesCount);
process.send?.({ timer, work, jobs }, () => process.exit());
