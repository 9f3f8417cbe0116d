import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deliveryId } from '../../../shared/engine/delivery-id.ts';
import type { Delivery, DeliveryCursor, DeliveryStore } from '../../../shared/engine/delivery-ports.ts';
import { CursorError, FenceLostError } from '../../../shared/errors.ts';
import { newEndpoint } from '../../support/delivery-world.ts';
import type { Fault } from '../../support/fault-plan.ts';
import { allOf } from '../../support/sample-rows.ts';
import { startStoreRig, type StoreRig } from '../../support/store.ts';

let rig: StoreRig;
let store: DeliveryStore;
beforeAll(async () => {
  rig = await startStoreRig();
  store = rig.worker().deliveries;
});
afterEach(() => {
  rig.heal();
});
afterAll(() => rig.close());

const cursorOf = (endpointId: string, changes: Partial<DeliveryCursor> = {}): DeliveryCursor => ({
  endpointId,
  connectionId: 'c-1',
  domain: 'mail',
  seq: 0,
  claim: null,
  waiting: null,
  gap: null,
  behind: false,
  ...changes,
});

function recordOf(endpointId: string, seq: number, changes: Partial<Delivery> = {}): Delivery {
  const place = { endpointId, connectionId: 'c-1', domain: 'mail', seq };
  const at = changes.at ?? new Date(Date.UTC(2026, 2, 1, 0, 0, seq)).toISOString();
  return {
    ...place,
    id: deliveryId({ ...place, at }),
    type: 'message.created',
    at,
    status: 'delivered',
    attempts: 1,
    history: [],
    nextAttemptAt: null,
    deliveredAt: at,
    lastError: null,
    ...changes,
  };
}

const scope = { connectionId: 'c-1', domain: 'mail' };
const seqsOf = async (endpointId: string): Promise<number[]> =>
  (await store.list({ endpointId, limit: 50, after: null })).deliveries.map(({ seq }) => seq);

const unclear: Readonly<Record<string, Fault>> = {
  'an error': { applied: { status: 500 } },
  'a reset': { applied: 'reset' },
  'half an answer': { applied: 'cut' },
};

describe('a commit of deliveries', () => {
  it('moves the cursor and writes records together, for one of two writers', async () => {
    const first = await store.commit({ cursor: cursorOf('e-1'), version: null, records: [] });
    const commit = { version: first, records: [recordOf('e-1', 1)] };
    const second = await store.commit({ ...commit, cursor: cursorOf('e-1', { seq: 1 }) });
    const late = store.commit({ ...commit, cursor: cursorOf('e-1', { seq: 2 }), records: [recordOf('e-1', 2)] });
    await expect(late).rejects.toThrow(FenceLostError);
    expect(await store.readCursor('e-1', scope)).toMatchObject({ found: { cursor: { seq: 1 }, version: second } });
    expect(await seqsOf('e-1')).toEqual([1]);
  });

  it('begins a feed for one of two writers', async () => {
    await store.commit({ cursor: cursorOf('e-2'), version: null, records: [] });
    const late = store.commit({ cursor: cursorOf('e-2', { seq: 9 }), version: null, records: [] });
    await expect(late).rejects.toThrow(FenceLostError);
  });

  it.each(Object.entries(unclear))('that is answered by %s is known again as its own', async (name, fault) => {
    const endpointId = `e-${name}`;
    const version = await store.commit({ cursor: cursorOf(endpointId), version: null, records: [] });
    rig.tables.plan({ method: 'POST', path: /\$batch/, fault });
    const cursor = cursorOf(endpointId, { seq: 1 });
    const next = await store.commit({ cursor, version, records: [recordOf(endpointId, 1)] });
    expect(await store.readCursor(endpointId, scope)).toMatchObject({ found: { cursor, version: next } });
    await store.commit({ cursor: { ...cursor, seq: 2 }, version: next, records: [] });
  });

  it('takes away a request to send again that is gone already', async () => {
    const record = recordOf('e-3', 1);
    const version = await store.commit({ cursor: cursorOf('e-3'), version: null, records: [] });
    const at = rig.clock.now().toISOString();
    const request = { deliveryId: record.id, seq: 1, attempts: 0, since: at, nextAttemptAt: at };
    const again = { put: [], remove: [request] };
    const next = await store.commit({ cursor: cursorOf('e-3', { seq: 1 }), version, records: [record], again });
    expect(await seqsOf('e-3')).toEqual([1]);
    const other = recordOf('e-3', 2);
    await store.askAgain([record, other], rig.clock.now());
    expect((await store.readCursor('e-3', scope)).again).toMatchObject([request, { seq: 2 }]);
    // One of them that is gone leaves none of the others behind.
    const both = { put: [], remove: [request, { ...request, seq: 2 }, { ...request, seq: 3 }] };
    await store.commit({ cursor: cursorOf('e-3', { seq: 1 }), version: next, records: [], again: both });
    expect((await store.readCursor('e-3', scope)).again).toEqual([]);
  });

  it('has requests in the order of their next attempts, and tells which of them stands', async () => {
    const asked = [3, 1, 2].map((seq) => recordOf('e-10', seq));
    for (const [minute, record] of asked.entries())
      await store.askAgain([record], new Date(Date.UTC(2026, 2, 1, 1, minute)));
    expect((await store.readCursor('e-10', scope)).again.map(({ seq }) => seq)).toEqual([3, 1, 2]);
    const [first] = asked;
    const stands = await store.read(first?.id ?? '');
    if (stands === null) throw new Error('the record is gone');
    expect(await store.isRequested(stands)).toBe(true);
    expect(await store.isRequested({ ...stands, nextAttemptAt: '2026-03-01T02:00:00.000Z' })).toBe(false);
  });

  it('does not bring back the cursor of an endpoint that was erased', async () => {
    const version = await store.commit({ cursor: cursorOf('e-4'), version: null, records: [] });
    await store.erase('e-4');
    const late = store.commit({ cursor: cursorOf('e-4', { seq: 1 }), version, records: [recordOf('e-4', 1)] });
    await expect(late).rejects.toThrow(FenceLostError);
    expect(await seqsOf('e-4')).toEqual([]);
  });
});

describe('rows of deliveries', () => {
  it('of feeds with like names are told apart', async () => {
    const feeds = [
      { connectionId: 'a', domain: 'mail' },
      { connectionId: 'a', domain: 'mails' },
      { connectionId: 'a|mail', domain: '' },
      { connectionId: 'aa', domain: 'mail' },
      { connectionId: 'a', domain: 'mail', part: 'room-1' },
    ];
    for (const [seq, feed] of feeds.entries())
      await store.commit({ cursor: { ...cursorOf('e-5'), ...feed, seq }, version: null, records: [] });
    for (const [seq, feed] of feeds.entries())
      expect((await store.readCursor('e-5', feed)).found?.cursor).toMatchObject({ ...feed, seq });
    expect(await store.removeCursors('e-5', 'a', 'mail')).toBe(2);
    expect(await store.removeCursors('e-5', 'a')).toBe(1);
    expect((await store.readCursor('e-5', { connectionId: 'aa', domain: 'mail' })).found).not.toBeNull();
  });

  const pending = { status: 'pending', nextAttemptAt: '2026-03-01T01:00:00.000Z', deliveredAt: null } as const;
  const left = { status: 'failed', nextAttemptAt: null, lastError: 'the connection left' };

  it('of a connection that left go, and what waited by them has failed, also where a sender was at it', async () => {
    const [waits, asked] = [recordOf('e-9', 1, pending), recordOf('e-9', 2)];
    const begun = await store.commit({ cursor: cursorOf('e-9'), version: null, records: [] });
    await store.askAgain([asked], rig.clock.now());
    const times = { since: waits.at, nextAttemptAt: pending.nextAttemptAt };
    const cursor = cursorOf('e-9', { waiting: { seq: 1, attempts: 1, ...times, deliveryId: waits.id } });
    // It commits after the rows were read, and before the first of them goes.
    let version = '';
    const before = async (): Promise<void> => {
      version = await store.commit({ cursor, version: begun, records: [waits] });
    };
    rig.tables.plan({ method: 'POST', path: /\$batch/, fault: { call: { before } } });
    expect(await store.removeCursors('e-9', 'c-1')).toBe(2);
    expect(await store.readCursor('e-9', scope)).toEqual({ found: null, again: [] });
    for (const { id } of [waits, asked]) expect(await store.read(id)).toMatchObject(left);
    const late = store.commit({ cursor: { ...cursor, seq: 1 }, version, records: [recordOf('e-9', 1)] });
    await expect(late).rejects.toThrow(FenceLostError);
  });

  it.each(Object.entries(unclear))('of a connection that left go though the answer is %s', async (name, fault) => {
    const endpointId = `e-left-${name}`;
    const record = recordOf(endpointId, 1);
    await store.askAgain([record], rig.clock.now());
    rig.tables.plan({ method: 'POST', path: /\$batch/, fault });
    await store.removeCursors(endpointId, 'c-1');
    expect(await store.readCursor(endpointId, scope)).toEqual({ found: null, again: [] });
    expect(await store.read(record.id)).toMatchObject(left);
  });

  it('that wait for their endpoint are found, and no others', async () => {
    await store.commit({ cursor: cursorOf('e-6', { behind: true }), version: null, records: [] });
    const calm = cursorOf('e-6', { connectionId: 'c-2' });
    await store.commit({ cursor: calm, version: null, records: [] });
    expect((await allOf(store.behind('e-6'))).map(({ connectionId }) => connectionId)).toEqual(['c-1']);
  });

  it('are listed newest first, also of one moment; filtered; and dropped by their time', async () => {
    let version = await store.commit({ cursor: cursorOf('e-7'), version: null, records: [] });
    const at = '2026-03-01T00:00:03.000Z';
    const records = [
      ...[1, 2, 3].map((seq) => recordOf('e-7', seq)),
      recordOf('e-7', 4, { at, status: 'failed', type: 'message.deleted' }),
      recordOf('e-7', 5, { at }),
    ];
    version = await store.commit({ cursor: cursorOf('e-7', { seq: 5 }), version, records });
    expect(version).not.toBe('');
    expect(await seqsOf('e-7')).toEqual([5, 4, 3, 2, 1]);
    const listed = async (more: object): Promise<number[]> =>
      (await store.list({ endpointId: 'e-7', limit: 50, after: null, ...more })).deliveries.map(({ seq }) => seq);
    expect(await listed({ status: 'failed' })).toEqual([4]);
    expect(await listed({ type: 'message.deleted', connectionId: 'c-1' })).toEqual([4]);
    expect(await listed({ connectionId: 'c-9' })).toEqual([]);
    expect(await listed({ since: new Date('2026-03-01T00:00:02.000Z') })).toEqual([5, 4, 3, 2]);
    expect(await listed({ until: new Date('2026-03-01T00:00:02.000Z') })).toEqual([1]);
    // Times that no change can have bound a list as others do: the zero time of some languages is one.
    expect(await listed({ since: new Date('0001-01-01T00:00:00.000Z') })).toEqual([5, 4, 3, 2, 1]);
    expect(await listed({ until: new Date('9999-12-31T00:00:00.000Z') })).toEqual([5, 4, 3, 2, 1]);
    expect(await listed({ until: new Date('1969-12-31T00:00:00.000Z') })).toEqual([]);
    expect(await listed({ since: new Date('9999-12-31T00:00:00.000Z') })).toEqual([]);
    await expect(store.list({ endpointId: 'e-7', limit: 5, after: 'made up' })).rejects.toThrow(CursorError);
    expect(await store.dropBefore('e-7', new Date('2026-03-01T00:00:02.000Z'))).toBe(1);
    expect(await seqsOf('e-7')).toEqual([5, 4, 3, 2]);
    expect((await store.readCursor('e-7', scope)).found?.cursor.seq).toBe(5);
  });

  it('are found by the id that was sent, and by no other', async () => {
    const version = await store.commit({ cursor: cursorOf('e-8'), version: null, records: [] });
    const record = recordOf('e-8', 1);
    await store.commit({ cursor: cursorOf('e-8', { seq: 1 }), version, records: [record] });
    expect(await store.read(record.id)).toEqual(record);
    expect(await store.read(recordOf('e-8', 2).id)).toBeNull();
    expect(await store.read('dlv_nonsense')).toBeNull();
  });
});

describe('endpoints', () => {
  it('are made once, changed by one of two writers, listed in one call, and removed', async () => {
    const { endpoints } = rig.worker();
    const endpoint = newEndpoint('ep-1');
    expect(await endpoints.create(endpoint)).toBe(true);
    expect(await endpoints.create(endpoint)).toBe(false);
    const version = (await endpoints.read('ep-1'))?.version ?? '';
    await endpoints.replace({ ...endpoint, failures: 1 }, version);
    await expect(endpoints.replace({ ...endpoint, failures: 2 }, version)).rejects.toThrow(FenceLostError);
    rig.tables.forget();
    expect((await endpoints.list()).map((row) => row.endpoint.failures)).toEqual([1]);
    expect(rig.tables.requests).toHaveLength(1);
    await endpoints.remove('ep-1');
    await endpoints.remove('ep-1');
    expect(await endpoints.read('ep-1')).toBeNull();
    await expect(endpoints.replace(endpoint, version)).rejects.toThrow(FenceLostError);
  });
});
