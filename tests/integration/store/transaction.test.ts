import { TableClient, type TransactionAction } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '../../../shared/engine/model.ts';
import type { Write } from '../../../shared/engine/ports.ts';
import { serialize } from '../../../shared/store/columns.ts';
import { encodeWrite } from '../../../shared/store/rows.ts';
import { TransactionSender } from '../../../shared/store/transaction.ts';
import type { SeenRequest } from '../../support/fault-plan.ts';
import { throughProxies } from '../../support/fault-proxy.ts';
import { sampleChange } from '../../support/sample-rows.ts';
import { startStoreRig, type StoreRig } from '../../support/store.ts';

const BATCH = { path: /\$batch/ };
const partitionKey = 'c|a$20b.2e~c3';

describe('transactions', () => {
  let rig: StoreRig;
  let client: TableClient;
  let sender: TransactionSender;
  beforeAll(async () => {
    rig = await startStoreRig();
    const connection = throughProxies(rig.azurite.connectionString, { table: rig.tables.url });
    client = TableClient.fromConnectionString(connection, 'sync', {
      allowInsecureConnection: true,
      retryOptions: { maxRetries: 0 },
    });
    sender = new TransactionSender(client);
    await client.createTable();
  });
  afterAll(() => rig.close());

  const signal = (): AbortSignal => AbortSignal.timeout(5_000);
  const last = (): SeenRequest => {
    const request = rig.tables.seen(BATCH).at(-1);
    if (request === undefined) throw new Error('no transaction was sent');
    return request;
  };
  /** The request without what differs each time. */
  const comparable = ({ path, method, headers, body }: SeenRequest): object => {
    const plain = (text: string): string =>
      text.replaceAll(/(batch|changeset)_[0-9a-f-]{36}/g, '$1').replaceAll(/datetime'[^']*'/g, 'version');
    const {
      authorization,
      'x-ms-date': date,
      'x-ms-client-request-id': id,
      'user-agent': agent,
      'content-length': length,
      connection,
      ...same
    } = headers;
    expect([authorization, date, id, agent, length, connection].every((value) => value !== undefined)).toBe(true);
    return {
      path,
      method,
      body: plain(body.toString()),
      headers: { ...same, 'content-type': plain(headers['content-type'] ?? '') },
    };
  };

  it('are sent as the table client sends them', async () => {
    const columns = {
      json: `{"a":"é😀"}`,
      n: 1,
      yes: true,
      big: { type: 'Int64', value: '5000000000' },
      half: { type: 'Double', value: '0.5' },
      data0: Buffer.from('hello'),
    } as const;
    const prepare = async (): Promise<string> => {
      await client.upsertEntity({ partitionKey, rowKey: 'gone' });
      return (await client.upsertEntity({ partitionKey, rowKey: 'head' })).etag ?? '';
    };
    const actions: TransactionAction[] = [
      ['update', { partitionKey, rowKey: 'head', ...columns }, 'Replace', { etag: await prepare() }],
      ['upsert', { partitionKey, rowKey: 'record|a!$20', ...columns }, 'Replace'],
      ['upsert', { partitionKey, rowKey: 'bare' }, 'Replace'],
      ['delete', { partitionKey, rowKey: 'gone' }],
    ];
    const theirs = await client.submitTransaction(actions);
    const expected = comparable(last());
    const members = serialize(columns);
    const version = await prepare();
    const ours = await sender.send(
      partitionKey,
      [
        { rowKey: 'head', members, version },
        { rowKey: 'record|a!$20', members },
        { rowKey: 'bare', members: '' },
        { rowKey: 'gone', members: null },
      ],
      signal(),
    );
    expect(comparable(last())).toEqual(expected);
    expect(ours.map((etag) => typeof etag)).toEqual(theirs.subResponses.map(({ etag }) => typeof etag));
    expect(ours[0]).toBe((await client.getEntity(partitionKey, 'head')).etag);
    expect(await client.getEntity(partitionKey, 'record|a!$20')).toMatchObject({
      n: 1,
      yes: true,
      big: 5_000_000_000n,
      half: 0.5,
    });
  });

  it('take no more bytes than their writes were measured by', async () => {
    const sender2 = new TransactionSender(client);
    const change = (seq: number): Change => sampleChange(seq, { after: { text: '"é😀'.repeat(seq * 20) } });
    const writes = Array.from({ length: 40 }, (_, index): Write => ({ row: 'change', put: change(index) }));
    const rows = writes.map(encodeWrite);
    await sender2.send('p'.repeat(480), rows, signal());
    const measured = rows.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(last().body.length).toBeLessThan(measured);
    expect(last().body.length).toBeGreaterThan(measured / 3);
  });

  it('fail with status and code of the operation that failed, or of the whole request', async () => {
    const remove = sender.send(partitionKey, [{ rowKey: 'nothing', members: null }], signal());
    await expect(remove).rejects.toMatchObject({ statusCode: 404, code: 'ResourceNotFound' });
    const stale = { rowKey: 'head', members: '', version: `W/"datetime'2020-01-01T00%3A00%3A00.0000000Z'"` };
    await expect(sender.send(partitionKey, [stale], signal())).rejects.toMatchObject({ statusCode: 412 });
    const body = { 'odata.error': { code: 'ServerBusy', message: { lang: 'en-US', value: 'busy' } } };
    rig.tables.plan({ ...BATCH, fault: { before: { status: 503, body } } });
    await expect(sender.send(partitionKey, [{ rowKey: 'x', members: '' }], signal())).rejects.toMatchObject({
      statusCode: 503,
      code: 'ServerBusy',
    });
    rig.tables.plan({
      ...BATCH,
      fault: {
        before: {
          status: 202,
          headers: { 'content-type': 'multipart/mixed; boundary=batchresponse_1' },
          body: '--batchresponse_1--',
        },
      },
    });
    await expect(sender.send(partitionKey, [{ rowKey: 'x', members: '' }], signal())).rejects.toThrow(/not whole/);
  });
});
