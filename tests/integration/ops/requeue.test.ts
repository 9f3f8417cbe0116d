import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite, type Azurite } from '../../../infra/local/azurite.ts';
import { runOps, saying, type Ran } from '../../support/ops.ts';

let azurite: Azurite;
let poison: QueueClient;
let queue: QueueClient;
let folder: string;
beforeAll(async () => {
  azurite = await startAzurite();
  const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  queue = service.getQueueClient('sync-jobs');
  poison = service.getQueueClient('sync-jobs-poison');
  folder = await mkdtemp(join(tmpdir(), 'ops-'));
});
afterAll(async () => {
  await azurite.close();
  await rm(folder, { recursive: true });
});

const requeue = (...args: string[]): Promise<Ran> =>
  runOps({ AzureWebJobsStorage: azurite.connectionString }, 'requeue', ...args);
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

describe('requeue', () => {
  it('finds a queue that nothing has failed in empty', async () => {
    expect(await requeue('push-jobs')).toMatchObject({ code: 0, out: 'push-jobs-poison is empty\n' });
    expect(await requeue('push-jobs', '--dry-run')).toMatchObject({
      code: 0,
      out: 'push-jobs-poison holds 0 messages\n',
    });
  });

  it('says what the messages name and never what else they hold, and leaves them where they are on a dry run', async () => {
    await poison.createIfNotExists();
    const job = { connectionId: 'c-1', domain: 'mail', why: 'notification', due: null, token: 'Secret' };
    await poison.sendMessage(base64(job));
    await poison.sendMessage('Secret, and not even base64');
    const { code, out } = await requeue('sync-jobs', '--dry-run');
    expect(code).toBe(0);
    expect(out).toContain('connection c-1, mail, because of notification\n');
    expect(out).toContain('unreadable message of 27 characters\n');
    expect(out).toContain('sync-jobs-poison holds 2 messages\n');
    expect(out).not.toContain('Secret');
    expect((await poison.peekMessages({ numberOfMessages: 32 })).peekedMessageItems).toHaveLength(2);
  });

  it('moves every message back as it was, storage read from the settings file', async () => {
    const texts = Array.from({ length: 40 }, (_, index) => base64({ connectionId: `c-${index}`, domain: 'mail' }));
    for (const text of texts) await poison.sendMessage(text);
    const settings = join(folder, 'local.settings.json');
    await writeFile(settings, JSON.stringify({ Values: { AzureWebJobsStorage: azurite.connectionString } }));
    const { code, out, err } = await runOps({}, 'requeue', 'sync-jobs-poison', '--settings', settings);
    expect(out).toMatch(/^42 messages moved back to sync-jobs$/m);
    expect(err).toMatch(/^moved: 42 of 42 \(100%\)$/m);
    expect(code).toBe(0);
    const back: string[] = [];
    for (;;) {
      const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32, visibilityTimeout: 600 });
      if (receivedMessageItems.length === 0) break;
      back.push(...receivedMessageItems.map((item) => item.messageText));
    }
    expect(back).toHaveLength(42);
    expect(back).toEqual(expect.arrayContaining(texts));
    expect((await poison.getProperties()).approximateMessagesCount).toBe(0);
  });

  it('names no secret where the storage is not right', async () => {
    const broken = { AzureWebJobsStorage: 'AccountKey=Secret' };
    const { code, err } = await runOps(broken, 'requeue', 'sync-jobs');
    expect(code).toBe(1);
    expect(err).toContain('AzureWebJobsStorage is no connection string');
    expect(err).not.toContain('Secret');
    expect(await requeue('somewhere')).toMatchObject({ code: 2, err: saying('sync-jobs, owa-jobs') });
    const none = await runOps({}, 'requeue', 'sync-jobs', '--settings', join(folder, 'none.json'));
    expect(none).toMatchObject({ code: 1, err: saying('neither in the environment nor') });
  });
});
