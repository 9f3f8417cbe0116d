import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import { OpsError } from '../errors.ts';
import { settingOf, type Settings } from '../settings.ts';

const STORAGE = 'AzureWebJobsStorage';
/** The most that one call receives or peeks. */
const BATCH = 32;
/** How long a message is out of others' sight while it is moved. */
const HIDDEN_S = 120;
const FOREVER = -1;

type Environment = Readonly<Record<string, string | undefined>>;

/** The queues of the storage account that the app uses: by connection string, or by identity where only its address is set. */
export async function openQueues(environment: Environment, settings: Settings | null): Promise<QueueServiceClient> {
  const connection = settingOf(STORAGE, environment, settings);
  // A storage that is down should be told within seconds.
  const options = { retryOptions: { maxTries: 3, retryDelayInMs: 200 } };
  if (connection !== null) return fromConnectionString(connection, options);
  const account = settingOf(`${STORAGE}__accountName`, environment, settings);
  const address =
    settingOf(`${STORAGE}__queueServiceUri`, environment, settings) ??
    (account === null ? null : `https://${account}.queue.core.windows.net`);
  if (address === null)
    throw new OpsError(
      `${STORAGE} is neither in the environment nor in the settings file`,
      `Set ${STORAGE} to the storage account's connection string (or ${STORAGE}__accountName, and sign in with az login).`,
    );
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new QueueServiceClient(address, new DefaultAzureCredential(), options);
}

function fromConnectionString(connection: string, options: object): QueueServiceClient {
  try {
    return QueueServiceClient.fromConnectionString(connection, options);
  } catch {
    // The library's message may repeat the string, which is a secret.
    throw new OpsError(`${STORAGE} is no connection string of a storage account`);
  }
}

/** What a poison queue holds: how many, and the texts of the first 32. Nothing is changed. */
export async function peek(
  service: QueueServiceClient,
  name: string,
): Promise<{ readonly total: number; readonly texts: string[] }> {
  return reaching(name, async () => {
    const poison = service.getQueueClient(`${name}-poison`);
    const total = await lengthOf(poison);
    if (total === 0) return { total, texts: [] };
    const { peekedMessageItems } = await poison.peekMessages({ numberOfMessages: BATCH });
    return { total, texts: peekedMessageItems.map((item) => item.messageText) };
  });
}

/**
 * Moves what a poison queue holds now; what fails again meanwhile stays. A message is removed only when it stands in its
 * queue: a crash between leaves it in both, and jobs may come twice. Answers how many were moved.
 */
export async function moveBack(
  service: QueueServiceClient,
  name: string,
  report: (text: string, done: number, total: number) => void,
): Promise<number> {
  return reaching(name, async () => {
    const poison = service.getQueueClient(`${name}-poison`);
    const queue = service.getQueueClient(name);
    const total = await lengthOf(poison);
    let moved = 0;
    if (total > 0) await queue.createIfNotExists();
    while (moved < total) {
      const { receivedMessageItems } = await poison.receiveMessages({
        numberOfMessages: Math.min(BATCH, total - moved),
        visibilityTimeout: HIDDEN_S,
      });
      if (receivedMessageItems.length === 0) break;
      for (const { messageId, popReceipt, messageText } of receivedMessageItems) {
        await queue.sendMessage(messageText, { messageTimeToLive: FOREVER });
        await poison.deleteMessage(messageId, popReceipt);
        report(messageText, ++moved, total);
      }
    }
    return moved;
  });
}

/** A queue that no message has made yet is empty. */
async function lengthOf(queue: QueueClient): Promise<number> {
  if (!(await queue.exists())) return 0;
  return (await queue.getProperties()).approximateMessagesCount ?? 0;
}

async function reaching<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
    throw new OpsError(
      `The queues of ${name} could not be used (${code})`,
      'Does AzureWebJobsStorage name a storage account that is running, and may you change its queues?',
      { cause: error },
    );
  }
}
