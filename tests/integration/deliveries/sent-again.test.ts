import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../../shared/engine/delivery-ports.ts';
import { replayDeliveries, retryDelivery } from '../../../shared/jobs/deliveries/again.ts';
import { HOUR, MINUTE, openDeliveryWorld, refused, taken, type DeliveryWorld } from '../../support/delivery-world.ts';

let world: DeliveryWorld;
let n = 0;
beforeAll(async () => {
  world = await openDeliveryWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  n++;
  await world.clear();
});

const id = (name: string): string => `${name}-${n}`;
const all = async (): Promise<Delivery[]> => {
  const query = { endpointId: id('e'), limit: 200, after: null };
  return [...(await world.app.deliveries.list(query)).deliveries].toSorted((a, b) => a.seq - b.seq);
};
const recordOf = async (seq: number): Promise<Delivery> =>
  (await all()).find((record) => record.seq === seq) ?? expect.fail('there is none');
/** Refuses the next delivery, and takes all others. */
const refuseOnce = (): void => {
  const answers = [refused()];
  world.receiver.answer = () => answers.pop() ?? taken;
};

describe('requests to send again, more than are read at once', () => {
  it('are sent as their time comes, though all before them in the feed are refused; by id at once', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    const since = world.clock.now();
    await world.append(id('c'), 130);
    await world.drain();
    world.receiver.sent.length = 0;
    world.receiver.answer = ({ seq }) => (seq <= 100 || seq === 120 ? refused({ status: 400 }) : taken);
    expect(await replayDeliveries(world.app, { endpointId: id('e'), since })).toMatchObject({ queued: 130 });
    await world.drain();
    expect(world.receiver.seqs(id('e')).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 130 }, (_, at) => at + 1),
    );
    expect(await replayDeliveries(world.app, { endpointId: id('e'), since, status: 'delivered' })).toMatchObject({
      queued: 29,
    });
    await world.drain();
    const waits = await recordOf(120);
    expect(waits).toMatchObject({ status: 'pending' });
    world.receiver.answer = ({ seq }) => (seq <= 100 ? refused({ status: 400 }) : taken);
    world.receiver.sent.length = 0;
    await retryDelivery(world.app, waits);
    await world.drain();
    expect(await recordOf(120)).toMatchObject({ status: 'delivered' });
    // What it waited by before is no request any more.
    world.receiver.answer = () => taken;
    await world.pass(HOUR, 10 * MINUTE);
    expect(world.receiver.seqs(id('e')).filter((seq) => seq > 100)).toEqual([120]);
    expect((await all()).map(({ status }) => status)).toEqual(Array.from({ length: 130 }, () => 'delivered'));
  });
});

describe('an endpoint that is resumed', () => {
  it('has 72 h anew for what it refused before it was paused as failing', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    world.receiver.answer = () => refused();
    await world.append(id('c'), 2);
    await world.drain();
    await world.pass(80 * HOUR, 4 * HOUR);
    expect(await world.read(id('e'))).toMatchObject({ status: 'paused', pausedReason: 'failing' });
    world.receiver.sent.length = 0;
    refuseOnce();
    await world.resume(id('e'));
    await world.drain();
    await world.pass(18 * HOUR, 6 * HOUR);
    expect(world.receiver.seqs(id('e'))).toEqual([1, 1, 2]);
    expect(await all()).toMatchObject([{ status: 'delivered' }, { status: 'delivered' }]);
  });

  it('has 72 h anew for what it was asked to take again, and keeps that while it is paused', async () => {
    await world.connect(id('c'));
    await world.endpoint(id('e'));
    await world.append(id('c'), 1);
    await world.drain();
    world.receiver.answer = () => refused();
    await retryDelivery(world.app, await recordOf(1));
    await world.drain();
    await world.pause(id('e'));
    await world.pass(96 * HOUR, 24 * HOUR);
    world.receiver.sent.length = 0;
    await world.resume(id('e'));
    await world.drain();
    expect(await recordOf(1)).toMatchObject({ status: 'pending' });
    // Nothing is taken until it is paused again: that gives nothing up either.
    await world.pass(90 * HOUR, 6 * HOUR);
    expect(await world.read(id('e'))).toMatchObject({ status: 'paused', pausedReason: 'failing' });
    expect(await recordOf(1)).toMatchObject({ status: 'pending' });
    world.receiver.answer = () => taken;
    await world.resume(id('e'));
    await world.drain();
    expect(await recordOf(1)).toMatchObject({ status: 'delivered' });
    expect(await world.due(id('c'))).toEqual([]);
  });
});

describe('an endpoint that a clock made which went ahead', () => {
  it('is sent every change made after it', async () => {
    await world.connect(id('c'));
    world.clock.move(HOUR);
    await world.endpoint(id('e'));
    world.clock.move(-HOUR);
    for (const wait of [30 * MINUTE, 40 * MINUTE, MINUTE]) {
      await world.append(id('c'), 2);
      world.clock.move(2_000);
      await world.drain();
      world.clock.move(wait);
    }
    expect(world.receiver.seqs(id('e'))).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
