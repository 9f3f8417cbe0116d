import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ANSWER_LIFE_MS, RESERVATION_MS, type Reservation } from '../../../shared/engine/idempotency.ts';
import type { StoredAnswer } from '../../../shared/engine/model.ts';
import { startStoreRig, type StoreRig } from '../../support/store.ts';

let rig: StoreRig;
beforeAll(async () => {
  rig = await startStoreRig();
});
afterEach(() => {
  rig.heal();
});
afterAll(() => rig.close());

let last = 0;
const newKey = (): { key: string; bodyHash: string } => ({ key: `key-${++last}`, bodyHash: 'body' });
const answerTo = ({ key, bodyHash }: { key: string; bodyHash: string }): StoredAnswer => ({
  key,
  bodyHash,
  status: 201,
  body: '{"id":"x"}',
  at: rig.clock.now().toISOString(),
});

async function reserved(key: { key: string; bodyHash: string }): Promise<Reservation> {
  const taken = await rig.worker().idempotency.take(key);
  if (taken.outcome !== 'taken') throw new Error(`the key is ${taken.outcome}`);
  return taken.reservation;
}

describe('an Idempotency-Key', () => {
  it('is taken by exactly one of several workers at once', async () => {
    const key = newKey();
    const all = await Promise.all(Array.from({ length: 8 }, () => rig.worker().idempotency.take(key)));
    expect(all.filter(({ outcome }) => outcome === 'taken')).toHaveLength(1);
    expect(all.filter(({ outcome }) => outcome === 'busy')).toHaveLength(7);
  });

  it('gives the answer once there is one, for its life', async () => {
    const key = newKey();
    const reservation = await reserved(key);
    expect(await rig.worker().idempotency.complete(reservation, answerTo(key), null)).toBe(true);
    const found = await rig.worker().idempotency.take({ ...key, bodyHash: 'another' });
    expect(found).toEqual({ outcome: 'answered', answer: answerTo(key) });
    rig.clock.move(ANSWER_LIFE_MS);
    expect(await rig.worker().idempotency.take(key)).toMatchObject({ outcome: 'taken' });
  });

  it('is free again once it is given back', async () => {
    const key = newKey();
    await rig.worker().idempotency.release(await reserved(key));
    expect(await rig.worker().idempotency.take(key)).toMatchObject({ outcome: 'taken' });
  });

  it('is taken anew, by one, when its holder was not heard of for a minute', async () => {
    const key = newKey();
    const dead = await reserved(key);
    rig.clock.move(RESERVATION_MS - 1);
    expect(await rig.worker().idempotency.take(key)).toMatchObject({ outcome: 'busy' });
    rig.clock.move(1);
    const all = await Promise.all(Array.from({ length: 4 }, () => rig.worker().idempotency.take(key)));
    expect(all.filter(({ outcome }) => outcome === 'taken')).toHaveLength(1);
    // The holder of before comes late: what it brings takes nothing from the one that has the key now.
    const { idempotency } = rig.worker();
    expect(await idempotency.complete(dead, answerTo(key), null)).toBe(false);
    await idempotency.release(dead);
    expect(await idempotency.take(key)).toMatchObject({ outcome: 'busy' });
  });

  it('is kept for a minute more by each renewal, also by one whose answer was lost', async () => {
    const key = newKey();
    const { idempotency } = rig.worker();
    const first = await reserved(key);
    rig.clock.move(RESERVATION_MS - 1);
    const renewed = await idempotency.renew(first);
    rig.clock.move(RESERVATION_MS - 1);
    expect(await rig.worker().idempotency.take(key)).toMatchObject({ outcome: 'busy' });
    // As it stood before: what this holder wrote since is its own.
    const again = await idempotency.renew(first);
    expect(again).toEqual(renewed);
    if (again === null) throw new Error('the reservation is lost');
    rig.clock.move(1);
    expect(await rig.worker().idempotency.take(key)).toMatchObject({ outcome: 'taken' });
    expect(await idempotency.renew(again)).toBeNull();
  });

  it('is taken although the answer to the insert was lost', async () => {
    const key = newKey();
    rig.tables.plan({ method: 'POST', path: /\/idempotency/, fault: { applied: 'reset' } });
    expect(await rig.worker().idempotency.take(key)).toMatchObject({ outcome: 'taken' });
  });

  it('goes with the connection that its answer tells about, and others stay', async () => {
    const { idempotency } = rig.worker();
    const [own, other, none] = [newKey(), newKey(), newKey()];
    await idempotency.complete(await reserved(own), answerTo(own), "it's-1");
    await idempotency.complete(await reserved(other), answerTo(other), 'c-2');
    await idempotency.complete(await reserved(none), answerTo(none), null);
    await idempotency.dropOf("it's-1");
    const read = await Promise.all([own, other, none].map(({ key }) => idempotency.read(key)));
    expect(read.map((answer) => answer !== null)).toEqual([false, true, true]);
  });

  it('goes with housekeeping when it has expired, and not before', async () => {
    const old = newKey();
    await rig.worker().idempotency.complete(await reserved(old), answerTo(old), null);
    const dead = newKey();
    await reserved(dead);
    rig.clock.move(ANSWER_LIFE_MS);
    const young = newKey();
    await rig.worker().idempotency.complete(await reserved(young), answerTo(young), null);
    const { idempotency } = rig.worker();
    expect(await idempotency.dropExpired(rig.clock.now())).toBeGreaterThanOrEqual(2);
    expect(await idempotency.dropExpired(rig.clock.now())).toBe(0);
    expect(await idempotency.take(young)).toMatchObject({ outcome: 'answered' });
  });
});
