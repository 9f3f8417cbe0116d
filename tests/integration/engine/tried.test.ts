import { expect, it } from 'vitest';
import type { Source } from '../../../shared/engine/ports.ts';
import { TransientError } from '../../../shared/errors.ts';
import { LessonsWorld } from '../../support/lessons/world.ts';

const LATER_MS = 31_000;

async function written(): Promise<LessonsWorld> {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.makeSingle('R', 1, 'lesson');
  });
  await world.update(world.records()[0]?.id ?? '', { text: 'ours' });
  world.forget();
  return world;
}
const tried = (world: LessonsWorld): unknown[] => [...world.rows.outbox.values()].map(({ triedOn }) => triedOn);

/** Nobody can be asked. */
const mute = ({ remote }: LessonsWorld): Source => ({
  page: (at) => remote.page(at),
  get: () => Promise.reject(new TransientError('busy')),
  getMany: (paths) => remote.getMany(paths),
  list: (path) => remote.list(path),
  media: () => remote.media(),
  write: (write) => remote.write(write),
});

it('P8 a write whose outcome is not known is looked for, and its record says in which version it was tried', async () => {
  const world = await written();
  const [{ etag } = { etag: null }] = world.records();
  world.remote.faults.push('lost');
  await world.push();
  expect(tried(world)).toEqual([etag]);
  world.clock.move(LATER_MS);
  // That it could not be looked for says nothing about what was tried before.
  await world.push(world.ports, mute(world));
  expect(tried(world)).toEqual([etag]);
  world.clock.move(LATER_MS);
  world.forget();
  await world.push();
  expect(world.remote.calls.map((call) => call.split(' ')[0])).toEqual(['get']);
  expect(world.remote.effects).toEqual(['PATCH']);
  expect(tried(world)).toEqual([]);
});

it('P10 a write that was refused for the version it named has reached nobody: it is merged, and sent without a look', async () => {
  const world = await written();
  world.remote.edit(world.records()[0]?.graphId ?? '', { day: 5 });
  await world.push();
  expect(world.remote.calls.map((call) => call.split(' ')[0])).toEqual(['PATCH', 'get', 'PATCH']);
  expect(world.remote.effects).toEqual(['PATCH']);
});
