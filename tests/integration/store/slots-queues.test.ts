import { QueueClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SlotAnswer, SlotLease } from '../../../shared/engine/directory-ports.ts';
import { StorageError, ThrottledError } from '../../../shared/errors.ts';
import { plus, systemClock } from '../../../shared/lib/clock.ts';
import type { Stores } from '../../../shared/store/open.ts';
import { startStoreRig, type StoreRig } from '../../support/store.ts';

const mailbox = (objectId: string) => ({ tenantId: 't', objectId });

function held(answer: SlotAnswer): SlotLease {
  if (answer.outcome !== 'held') throw new Error(`waits ${answer.retryAfterMs}`);
  return answer.lease;
}

describe('slots and queues on real storage', () => {
  let rig: StoreRig;
  let stores: Stores;
  beforeAll(async () => {
    rig = await startStoreRig();
    stores = rig.worker();
  });
  afterAll(() => rig.close());
  afterEach(() => {
    rig.heal();
  });

  it('P13: of many takers over two workers four hold a slot, the others wait a moment', async () => {
    const other = rig.worker({ direct: true });
    const takers = Array.from({ length: 10 }, (_, index) => (index % 2 ? stores : other).slots.take(mailbox('m1'), 1));
    const answers = await Promise.all(takers);
    const holding = answers.filter(({ outcome }) => outcome === 'held');
    expect(holding).toHaveLength(4);
    for (const answer of answers) {
      if (answer.outcome === 'wait') expect(answer.retryAfterMs).toBeGreaterThanOrEqual(200);
      if (answer.outcome === 'wait') expect(answer.retryAfterMs).toBeLessThanOrEqual(1000);
    }
    const [first, ...rest] = holding.map(held);
    await first?.release();
    await first?.release();
    expect((await stores.slots.take(mailbox('m1'), 2)).outcome).toBe('wait');
    const again = held(await stores.slots.take(mailbox('m1'), 1));
    for (const lease of [again, ...rest]) await lease.release();
    await held(await stores.slots.take(mailbox('m1'), 4)).release();
  });

  it('P13: a resting mailbox gives no slot until the later of all rests is over', async () => {
    const lease = held(await stores.slots.take(mailbox('m2'), 1));
    await lease.restUntil(plus(rig.clock.now(), 5_000));
    await stores.slots.rest(mailbox('m2'), plus(rig.clock.now(), 3_000));
    await lease.release();
    expect(await stores.slots.take(mailbox('m2'), 1)).toEqual({ outcome: 'wait', retryAfterMs: 5_000, resting: true });
    rig.clock.move(5_000);
    await held(await stores.slots.take(mailbox('m2'), 1)).release();
  });

  it('P13: slots of a dead worker are free after their life, and the sleeper learns that it lost them', async () => {
    const lease = held(await stores.slots.take(mailbox('m3'), 4));
    lease.assertHeld();
    rig.clock.move(60_000);
    expect(() => {
      lease.assertHeld();
    }).toThrow(ThrottledError);
    const next = held(await stores.slots.take(mailbox('m3'), 4));
    await lease.release();
    expect((await stores.slots.take(mailbox('m3'), 1)).outcome).toBe('wait');
    await next.release();
  });

  it('P13: slots are renewed in the background as long as storage answers', async () => {
    const short = rig.worker({ clock: systemClock, leaseMs: 1_200 });
    const lease = held(await short.slots.take(mailbox('m4'), 4));
    const started = Date.now();
    await expect
      .poll(() => rig.tables.seen({ method: 'PUT' }).length, { interval: 20, timeout: 10_000 })
      .toBeGreaterThan(4);
    expect(Date.now() - started).toBeGreaterThan(1_200);
    lease.assertHeld();
    expect((await short.slots.take(mailbox('m4'), 1)).outcome).toBe('wait');
    rig.tables.plan({ times: Infinity, fault: { before: { status: 403 } } });
    const asks = (): boolean => {
      try {
        lease.assertHeld();
        return false;
      } catch (error) {
        return error instanceof ThrottledError;
      }
    };
    await expect.poll(asks, { interval: 20, timeout: 10_000 }).toBe(true);
    await lease.release();
  });

  it('fails where the slots cannot be read: unknown is not free', async () => {
    rig.tables.plan({ times: Infinity, fault: { before: 'reset' } });
    await expect(stores.slots.take(mailbox('m5'), 1)).rejects.toThrow(StorageError);
  });

  it('sends jobs as JSON in base64, hidden as long as told', async () => {
    const job = { connectionId: 'c1', domain: 'mail', why: 'manual', due: null } as const;
    await stores.queues.sync(job);
    await stores.queues.push({ connectionId: 'c1', domain: 'mail', due: null }, 90_000);
    await stores.queues.dispatch({ kinds: ['mail'], shards: [1, 2] });
    const queue = new QueueClient(rig.azurite.connectionString, 'sync-jobs');
    const [message] = (await queue.receiveMessages()).receivedMessageItems;
    expect(JSON.parse(Buffer.from(message?.messageText ?? '', 'base64').toString())).toEqual(job);
    expect(message?.expiresOn.getUTCFullYear()).toBe(9999);
    const hidden = await new QueueClient(rig.azurite.connectionString, 'push-jobs').receiveMessages();
    expect(hidden.receivedMessageItems).toEqual([]);
    expect(await stores.queues.lengths()).toMatchObject({
      'push-jobs': 1,
      dispatch: 1,
      'sync-jobs-poison': 0,
      deliveries: 0,
    });
  });

  it('says so where a message may not have been kept', async () => {
    rig.queues.plan({ method: 'POST', times: Infinity, fault: { before: { status: 503 } } });
    const failed = stores.queues.dispatch({ kinds: [], shards: [] });
    await expect(failed).rejects.toMatchObject({ code: 'queue.unavailable' });
  });
});
