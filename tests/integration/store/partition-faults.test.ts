import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite, type Azurite } from '../../../infra/local/azurite.ts';
import { newHead } from '../../../shared/engine/head.ts';
import type { PartitionStore, Write } from '../../../shared/engine/ports.ts';
import { FenceLostError, StorageError } from '../../../shared/errors.ts';
import { systemRandom } from '../../../shared/lib/random.ts';
import { TablePartitionStore } from '../../../shared/store/partition-store.ts';
import { tablesOf } from '../../../shared/store/tables.ts';
import { serviceOrigin, startFaultProxy, throughProxies, type FaultProxy } from '../../support/fault-proxy.ts';
import { allOf, commitRows, sampleRecord, sampleScope, withCommit } from '../../support/sample-rows.ts';

const BATCH = { method: 'POST', path: /\$batch/ };
const GET = { method: 'GET' };

describe('commits when storage answers badly', () => {
  let azurite: Azurite;
  let proxy: FaultProxy;
  let store: PartitionStore;
  /** Another worker, whose calls meet no fault. */
  let other: PartitionStore;
  beforeAll(async () => {
    azurite = await startAzurite();
    proxy = await startFaultProxy(serviceOrigin(azurite.connectionString, 'table'));
    const timing = { timeoutMs: 400, backoffMs: 5 };
    const connection = throughProxies(azurite.connectionString, { table: proxy.url });
    store = new TablePartitionStore(tablesOf(connection, systemRandom, timing)('sync'));
    other = new TablePartitionStore(tablesOf(azurite.connectionString, systemRandom)('sync'));
  });
  afterAll(async () => {
    await proxy.close();
    await azurite.close();
  });
  afterEach(() => {
    proxy.heal();
    proxy.forget();
  });

  const record = (id: string): Write => ({ row: 'record', put: sampleRecord(id) });
  const ids = async (name: string): Promise<string[]> => allOf(other.recordIds(sampleScope(name)));

  const lost = [
    { name: 'a reset', applied: 'reset' as const },
    { name: 'no answer in time', applied: 'hang' as const },
    { name: 'half an answer', applied: 'cut' as const },
    { name: '500', applied: { status: 500 } },
    { name: '503 with Retry-After', applied: { status: 503, headers: { 'retry-after': '60' } } },
    { name: 'a 202 that is no answer', applied: { status: 202, body: 'hello' } },
    { name: '429', applied: { status: 429 } },
    { name: '409', applied: { status: 409 } },
  ];
  for (const { name, applied } of lost) {
    it(`P1: finds its own commit after ${name} although the work was done`, async () => {
      const scope = sampleScope(name);
      proxy.plan({ ...BATCH, fault: { applied } });
      const version = await commitRows(store, scope, [record('m1')]);
      expect(await other.readHead(scope)).toMatchObject({ version, head: { commits: [expect.any(String)] } });
      expect(await ids(name)).toEqual(['m1']);
      expect(proxy.seen(BATCH)).toHaveLength(1);
    });
  }

  it('P1: sends the transaction again where it was not applied', async () => {
    const rule = proxy.plan({ ...BATCH, times: 3, fault: { before: 'reset' } });
    await commitRows(store, sampleScope('again'), [record('m1')]);
    expect(rule.hits).toBe(3);
    expect(await ids('again')).toEqual(['m1']);
  });

  it('gives up with StorageError after four transactions, nothing written', async () => {
    proxy.plan({ ...BATCH, times: Infinity, fault: { before: { status: 503 } } });
    await expect(commitRows(store, sampleScope('down'), [record('m1')])).rejects.toThrow(StorageError);
    expect(proxy.seen(BATCH)).toHaveLength(4);
    expect(await ids('down')).toEqual([]);
  });

  it('P2: loses the fence where another writer came between an unclear failure and the reading of the head', async () => {
    const scope = sampleScope('between');
    const { head, version } = await other.createHead(scope, newHead());
    const overtake = async (): Promise<void> => {
      await commitRows(other, scope, [record('theirs')]);
    };
    proxy.plan({ ...BATCH, fault: { before: 'reset' } });
    proxy.plan({ ...GET, path: /RowKey='head'/, fault: { call: { before: overtake } } });
    const ours = { version, head: withCommit(head, 'ours'), commitId: 'ours', writes: [record('ours')] };
    await expect(store.commit(scope, ours)).rejects.toThrow(FenceLostError);
    expect(await ids('between')).toEqual(['theirs']);
  });

  it('P2: knows its own commit behind the commit of another writer, and that the head is not as it made it', async () => {
    const scope = sampleScope('behind');
    const { head, version } = await other.createHead(scope, newHead());
    const follow = async (): Promise<void> => {
      await commitRows(other, scope, [record('theirs')]);
    };
    proxy.plan({ ...BATCH, fault: { applied: 'reset' } });
    proxy.plan({ ...GET, path: /RowKey='head'/, fault: { call: { before: follow } } });
    const ours = { version, head: withCommit(head, 'ours'), commitId: 'ours', writes: [record('ours')] };
    const held = await store.commit(scope, ours);
    expect(await ids('behind')).toEqual(['ours', 'theirs']);
    // Written over theirs, a head computed from ours would undo what they counted and told.
    const next = { version: held, head: withCommit(ours.head, 'next'), commitId: 'next', writes: [record('next')] };
    await expect(store.commit(scope, next)).rejects.toThrow(FenceLostError);
  });

  it('repeats the reading of the head after an unclear failure, and fails as StorageError where it cannot be read', async () => {
    const scope = sampleScope('blind');
    await other.createHead(scope, newHead());
    proxy.plan({ ...BATCH, fault: { applied: 'reset' } });
    const reads = proxy.plan({ ...GET, times: 2, fault: { before: { status: 500 } } });
    await commitRows(store, scope, [record('m1')]);
    expect(reads.hits).toBe(2);
    proxy.plan({ ...BATCH, fault: { before: 'reset' } });
    proxy.plan({ ...GET, times: Infinity, fault: { before: 'reset' } });
    const standing = await other.readHead(scope);
    if (standing === null) throw new Error('no head');
    const next = { version: standing.version, head: withCommit(standing.head, 'x'), commitId: 'x', writes: [] };
    await expect(store.commit(scope, next)).rejects.toThrow(StorageError);
  });

  it('never takes a failed read, or a 404 that is not about the row, for an absent row', async () => {
    const scope = sampleScope('reads');
    await commitRows(other, scope, [record('m1')]);
    proxy.plan({ ...GET, times: Infinity, fault: { before: { status: 404, body: { error: 'no such route' } } } });
    await expect(store.readHead(scope)).rejects.toThrow(StorageError);
    await expect(store.readRecords(scope, ['m1'])).rejects.toThrow(StorageError);
    proxy.heal();
    proxy.plan({ ...GET, times: Infinity, fault: { before: { status: 403 } } });
    await expect(store.readRemotes(scope, ['g'])).rejects.toThrow(StorageError);
    await expect(store.readAnswer(scope, 'k')).rejects.toThrow(StorageError);
  });

  it('answers the head that stands after an insert whose answer was lost', async () => {
    const scope = sampleScope('insert');
    proxy.plan({ method: 'POST', path: /\/sync/, fault: { applied: 'reset' } });
    const made = await store.createHead(scope, newHead());
    expect(await other.readHead(scope)).toEqual(made);
  });
});
