import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { Environment } from '../settings/resolve.ts';

const HOST_STORAGE = 'AzureWebJobsStorage';

/** Storage clients by the name of the setting that holds the connection string. Identity prefixes are Azure's alone. */
export class Connections {
  readonly #environment: Environment;
  readonly #queues = new Map<string, QueueServiceClient>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Throws when the setting is missing. */
  queues(connection = HOST_STORAGE): QueueServiceClient {
    const known = this.#queues.get(connection);
    if (known !== undefined) return known;
    const text = this.#find(connection);
    if (text === undefined) throw new Error(`The setting '${connection}' with a storage connection string is missing.`);
    const client = QueueServiceClient.fromConnectionString(text);
    this.#queues.set(connection, client);
    return client;
  }

  /** The host's own storage for locks and timers; undefined when the app has none. */
  blobs(): BlobServiceClient | undefined {
    const text = this.#find(HOST_STORAGE);
    return text === undefined ? undefined : BlobServiceClient.fromConnectionString(text);
  }

  #find(connection: string): string | undefined {
    const text = this.#environment[connection] ?? this.#environment[`AzureWebJobs${connection}`];
    return text === undefined || text === '' ? undefined : text;
  }
}
