import { startAzurite, type Azurite } from '../../infra/local/azurite.ts';

/** A storage account that nobody else uses. */
export interface StorageAccount {
  readonly connectionString: string;
  /** The process that serves it, and others. */
  readonly pid: number;
}

const ACCOUNTS = 300;
const names = Array.from({ length: ACCOUNTS }, (_, index) => `world${index}`);

let serving: Promise<Azurite> | undefined;
let next = 0;

/**
 * Opens an empty storage account. One Azurite serves all accounts of a test worker: to start one costs more than
 * most tests do. It ends with the process; a test that stops or restarts storage starts an Azurite of its own.
 */
export async function openStorageAccount(): Promise<StorageAccount> {
  if (next === ACCOUNTS) [serving, next] = [undefined, 0];
  serving ??= startAzurite({ accounts: names });
  const account = names[next++] ?? '';
  const azurite = await serving;
  return { connectionString: azurite.connectionOf(account), pid: azurite.pid };
}
