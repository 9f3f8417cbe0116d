import { LessonsWorld } from './world.ts';

/** What the feed tells of a lesson of a series that the application deletes, how often each. */
export const OWN_DELETION = { 'lesson.deleted own-write': 1, 'lesson.updated own-write': 1 };

/** A world with a series of three lessons, and the ways to it. `unclear`: no page shows which of its slots are empty. */
export async function series(unclear = false) {
  const world = await LessonsWorld.open(({ remote }) => {
    remote.unclear = unclear;
    remote.makeSeries('R', [1, 2, 3], 'series');
  });
  const [id = ''] = world.remote.things.keys();
  const part = (slot: number) => {
    const found = world.records('part').find(({ fields }) => (fields['slot'] ?? fields['day']) === slot);
    if (found === undefined) throw new Error('there is no such lesson');
    return found;
  };
  const head = () => world.recordOf(id)?.fields['off'];
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      await world.push();
      await world.sync();
      world.clock.move(3_600_000);
    }
  };
  return { world, id, part, head, settle };
}
