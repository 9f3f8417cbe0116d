import { TableClient, TableServiceClient } from '@azure/data-tables';
import { QueueServiceClient } from '@azure/storage-queue';
import { inflateRawSync } from 'node:zlib';

/**
 * Every text in an account's tables and queues: names, values, and what is deflated in binary columns. Columns `data0`,
 * `data1` ... of a row are one text.
 */
export async function storedTexts(connectionString: string): Promise<string[]> {
  const texts: string[] = [];
  const options = { allowInsecureConnection: true };
  for await (const { name } of TableServiceClient.fromConnectionString(connectionString, options).listTables()) {
    if (name === undefined) continue;
    for await (const entity of TableClient.fromConnectionString(connectionString, name, options).listEntities())
      texts.push(...textsOf(entity));
  }
  const queues = QueueServiceClient.fromConnectionString(connectionString);
  for await (const { name } of queues.listQueues()) {
    const { peekedMessageItems } = await queues.getQueueClient(name).peekMessages({ numberOfMessages: 32 });
    texts.push(...peekedMessageItems.map((item) => Buffer.from(item.messageText, 'base64').toString()));
  }
  return texts;
}

function textsOf(entity: Readonly<Record<string, unknown>>): string[] {
  const pieces = Object.entries(entity)
    .flatMap(([name, value]) => (value instanceof Uint8Array && /^data\d+$/.test(name) ? [{ name, value }] : []))
    .toSorted((a, b) => Number(a.name.slice(4)) - Number(b.name.slice(4)));
  const whole = Buffer.concat(pieces.map((piece) => piece.value));
  return [JSON.stringify(entity), ...(whole.length === 0 ? [] : [inflateRawSync(whole).toString()])];
}
