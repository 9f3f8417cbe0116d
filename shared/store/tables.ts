import { TableClient } from '@azure/data-tables';
import { isLoopback } from '../lib/loopback.ts';
import type { Random } from '../lib/random.ts';
import { Table, usualTiming, type Timing } from './table.ts';

/** The tables of the app. */
export type TableName =
  'sync' | 'connections' | 'lookups' | 'due' | 'mailboxes' | 'endpoints' | 'deliveries' | 'idempotency' | 'audit';

/**
 * Opens tables of the account behind a connection string; each is created when a call finds it missing.
 * The client's own retries are off: after an unclear failure the writer finds out first what it did.
 */
export function tablesOf(connection: string, random: Random, timing: Partial<Timing> = {}): (name: TableName) => Table {
  const opened = new Map<TableName, Table>();
  return (name) => {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const client = TableClient.fromConnectionString(connection, name, {
      allowInsecureConnection: isLocal(connection),
      retryOptions: { maxRetries: 0 },
    });
    const table = new Table(client, { ...usualTiming, ...timing }, () => random.fraction());
    opened.set(name, table);
    return table;
  };
}

/** Plain http is for an emulator on this machine, never for an account in the cloud. */
function isLocal(connection: string): boolean {
  if (/UseDevelopmentStorage=true/i.test(connection)) return true;
  const endpoint = /TableEndpoint=([^;]+)/i.exec(connection)?.[1];
  return endpoint !== undefined && isLoopback(endpoint);
}
