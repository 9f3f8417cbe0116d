import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../../shared/app.ts';
import { appendChanges } from '../../../shared/engine/append.ts';
import { changeHead } from '../../../shared/engine/change-head.ts';
import type { Scope } from '../../../shared/engine/model.ts';
import { announcing } from '../../../shared/jobs/deliveries/announce.ts';
import { runDeliverJob } from '../../../shared/jobs/deliveries/deliver-job.ts';
import { watchFeed } from '../../../shared/jobs/deliveries/watch-feed.ts';
import { Died, mortal } from '../../support/mortal.ts';
import { newChange, openDeliveryWorld, refused, taken, type DeliveryWorld } from '../../support/delivery-world.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await openDeliveryWorld();
});
afterAll(() => world.close());

const POINTS = Array.from({ length: 16 }, (_, index) => index + 1);
const cases = POINTS.flatMap((at) => (['before', 'after'] as const).map((when) => ({ at, when })));

/** Runs work with a worker that dies at each point in turn, each in a workspace of its own; answers at how many it died. */
async function dieEverywhere(
  name: string,
  work: (app: App, connectionId: string) => Promise<void>,
): Promise<{ readonly ids: string[]; readonly deaths: number }> {
  const ids: string[] = [];
  let deaths = 0;
  world.shards.clear();
  for (const { at, when } of cases) {
    const id = `${name}-${at}-${when}`;
    ids.push(id);
    await world.connect(id, { workspaceId: id });
    await world.endpoint(id, { workspaceId: id });
    try {
      await work(mortal(world.worker(), at, when), id);
    } catch (error) {
      if (!(error instanceof Died || (error instanceof Error && error.cause instanceof Died))) throw error;
      deaths++;
    }
  }
  return { ids, deaths };
}

/** All rows of the feed were sent, in order, each with one id of its own however often. */
async function holdDelivered(id: string): Promise<void> {
  const wanted = (await world.feed(id)).map(({ seq }) => seq);
  const sent = world.receiver.to(id);
  const first = [...new Set(sent.map(({ seq }) => seq))];
  expect([id, ...first]).toEqual([id, ...wanted]);
  expect(sent.length).toBeLessThanOrEqual(2 * wanted.length);
  for (const seq of wanted) expect(new Set(sent.filter((one) => one.seq === seq).map((one) => one.id)).size).toBe(1);
  const { deliveries } = await world.app.deliveries.list({ endpointId: id, limit: 50, after: null });
  expect(deliveries.map(({ seq, status }) => `${seq} ${status}`)).toEqual(
    wanted.toReversed().map((seq) => `${seq} delivered`),
  );
}

/** The messages of the dead are lost: what stands in `due` alone brings the work back. */
async function loseMessages(): Promise<void> {
  world.queues.deliveries.length = 0;
  await world.pass(6 * 60_000, 90_000);
}

describe('a worker that dies at any call', () => {
  it('while it delivers loses nothing, and repeats under the same ids', async () => {
    const { ids, deaths } = await dieEverywhere('send', async (app, id) => {
      await world.append(id, 3);
      const job = world.queues.next();
      await runDeliverJob(job, app);
    });
    expect(deaths).toBeGreaterThan(20);
    await loseMessages();
    for (const id of ids) await holdDelivered(id);
    expect(await world.app.due.oldest('mail.deliver')).toBeNull();
  });

  it('while it is refused loses nothing', async () => {
    const tried = new Set<string>();
    world.receiver.answer = ({ connectionId, seq }) => {
      const name = `${connectionId} ${seq}`;
      if (seq !== 2 || tried.has(name)) return taken;
      tried.add(name);
      return refused();
    };
    const { ids } = await dieEverywhere('refused', async (app, id) => {
      await world.append(id, 3);
      await runDeliverJob(world.queues.next(), app);
    });
    await loseMessages();
    for (const id of ids) await holdDelivered(id);
    world.receiver.answer = () => taken;
  });

  it('between a commit and its announcement leaves the next run to announce it', async () => {
    const scopeOf = (connectionId: string): Scope => ({ connectionId, domain: 'mail' });
    // As a job does: its own due row stands until the end, and brings another run where it dies.
    const run = async (app: App, id: string, change: boolean): Promise<void> => {
      const scope = scopeOf(id);
      const feed = watchFeed(app, { connection: () => Promise.resolve({ id, workspaceId: id }), scope });
      const ports = { ...app, store: feed.store };
      if (change) await appendChanges(ports, scope, [newChange('message.created')]);
      await changeHead(ports, scope, (head) => ({ ...head, again: !head.again }));
      await feed.settle();
    };
    const { ids, deaths } = await dieEverywhere('announce', (app, id) => run(app, id, true));
    expect(deaths).toBeGreaterThan(10);
    for (const id of ids) await run(world.app, id, (await world.feed(id)).length === 0);
    await loseMessages();
    for (const id of ids) await holdDelivered(id);
  });

  it('while it appends rows about a connection loses none that stand', async () => {
    const { ids, deaths } = await dieEverywhere('told', async (app, id) => {
      const append: App['appendChanges'] = (scope, changes) => appendChanges(app, scope, changes);
      await announcing(app, append)({ connectionId: id, domain: 'mail' }, [newChange('connection.connected')]);
    });
    expect(deaths).toBeGreaterThan(8);
    await loseMessages();
    for (const id of ids) await holdDelivered(id);
  });
});
