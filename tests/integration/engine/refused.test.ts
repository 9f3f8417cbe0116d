import { expect, it } from 'vitest';
import { settledStatus } from '../../../shared/engine/status.ts';
import { ConnectionError, RejectedError } from '../../../shared/errors.ts';
import { LessonsWorld } from '../../support/lessons/world.ts';

const facts = { status: 403, remoteCode: 'ErrorAccessDenied', requestId: null };

/** Five rooms that are read, and then refused but for some. */
async function rooms(readable: readonly string[]): Promise<LessonsWorld> {
  const world = await LessonsWorld.open(({ remote }) => {
    for (const id of ['A', 'B', 'C']) remote.makeRoom(id);
  });
  const page = world.remote.page.bind(world.remote);
  world.remote.page = async (at) => {
    const link = typeof at === 'string' ? at : at.path;
    const [, room = ''] = /^\/lessons\/(\w+)/.exec(link) ?? [];
    if (room !== '' && !readable.includes(room)) throw new ConnectionError('access_denied', 'no', facts);
    return page(at);
  };
  for (const id of ['A', 'B', 'C', 'R', 'S']) world.remote.makeSingle(id, 1, `in ${id}`);
  return world;
}

for (const id of ['A', 'B', 'C', 'R', 'S'])
  it(`P11 four places in a row that are refused keep nothing of ${id} from being told`, async () => {
    const world = await rooms([id]);
    expect((await world.sync()).outcome).toBe('done');
    expect(world.feed().map(({ after }) => after?.['text'])).toEqual([`in ${id}`]);
  });

it('P17 where every place is refused it is not the places', async () => {
  const world = await rooms([]);
  expect(await world.sync()).toMatchObject({ outcome: 'failed', error: { reason: 'access_denied' } });
});

it('P7 P17 an item that is refused for good stays, and the status tells of it in time', async () => {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSeries('R', [1, 2], 'series');
  });
  const [id = ''] = world.remote.things.keys();
  const getMany = world.remote.getMany.bind(world.remote);
  const error = new RejectedError('no', { ...facts, status: 400 });
  world.remote.getMany = (paths) => Promise.resolve(paths.map(() => ({ outcome: 'failed', error })));
  world.remote.drop(id, 2);
  const reason = () => {
    const { head } = world.rows.head ?? {};
    if (head === undefined) throw new Error('there is no head');
    return settledStatus(head.status, [...world.rows.cursors.values()], world.clock.now()).reason;
  };
  await world.sync();
  expect([world.records('part').length, reason()]).toEqual([2, null]);
  world.clock.move(7 * 3_600_000);
  await world.sync();
  expect([world.records('part').length, reason()]).toEqual([2, 'items_unsettled']);
  world.remote.getMany = getMany;
  await world.sync();
  expect([world.records('part').length, reason()]).toEqual([1, null]);
  expect(world.faults()).toEqual([]);
});
