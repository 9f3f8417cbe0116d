import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, describe, expect, it } from 'vitest';
import { startAzurite } from '../../infra/local/azurite.ts';

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe('local Azurite', () => {
  it('answers blob, queue and table of the current SDKs', async () => {
    const azurite = await startAzurite();
    try {
      const queue = QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient('jobs');
      await queue.create();
      await queue.sendMessage('one');
      const table = TableClient.fromConnectionString(azurite.connectionString, 'rows', {
        allowInsecureConnection: true,
      });
      await table.createTable();
      await table.createEntity({ partitionKey: 'p', rowKey: 'r' });
      await BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient('files').create();

      expect((await queue.receiveMessages()).receivedMessageItems.map((item) => item.messageText)).toEqual(['one']);
      expect((await table.getEntity('p', 'r')).rowKey).toBe('r');
    } finally {
      await azurite.close();
    }
  });

  it('keeps parallel instances apart and ends twice without complaint', async () => {
    const [first, second] = await Promise.all([startAzurite(), startAzurite()]);
    expect(first.connectionString).not.toBe(second.connectionString);
    await QueueServiceClient.fromConnectionString(first.connectionString).createQueue('only-here');
    const names: string[] = [];
    for await (const queue of QueueServiceClient.fromConnectionString(second.connectionString).listQueues()) {
      names.push(queue.name);
    }
    expect(names).toEqual([]);
    await Promise.all([first.close(), second.close()]);
    await first.close();
  });

  it('keeps its data in a location over a restart', async () => {
    const location = await mkdtemp(join(tmpdir(), 'azurite-'));
    folders.push(location);
    const before = await startAzurite({ location });
    await QueueServiceClient.fromConnectionString(before.connectionString).createQueue('kept');
    await before.close();
    const after = await startAzurite({ location });
    const queue = QueueServiceClient.fromConnectionString(after.connectionString).getQueueClient('kept');
    expect(await queue.exists()).toBe(true);
    await after.close();
  });

  it('refuses to start on a port that is taken', async () => {
    const azurite = await startAzurite();
    const port = Number(/BlobEndpoint=http:\/\/127\.0\.0\.1:(\d+)/.exec(azurite.connectionString)?.[1]);
    await expect(startAzurite({ ports: { blob: port } })).rejects.toThrow(/EADDRINUSE/);
    await azurite.close();
  });
});
