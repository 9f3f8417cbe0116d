import { beforeEach, expect, it } from 'vitest';
import { updateOf, writeLocally, type LocalWrite, type LocalWritten } from '../../shared/engine/local-write.ts';
import type { PartitionStore } from '../../shared/engine/ports.ts';
import { FenceLostError } from '../../shared/errors.ts';
import { CardsWorld } from '../support/cards/world.ts';
import { instead } from '../support/instead.ts';

const scope = { connectionId: 'c', domain: 'cards' };

let world: CardsWorld;
beforeEach(async () => {
  world = await CardsWorld.open();
});

/** A write whose commit is applied, its answer lost, and forgotten by the head when it looks: many others came between. */
function write(
  intend: LocalWrite['intend'],
  meanwhile = (): Promise<unknown> => Promise.resolve(),
): Promise<LocalWritten | null> {
  let lost = false;
  const store = instead<PartitionStore, 'commit'>(world.rows, 'commit', async (_, change) => {
    const version = await world.rows.commit(scope, change);
    if (lost) return version;
    lost = true;
    await meanwhile();
    throw new FenceLostError('another writer was first');
  });
  return writeLocally(world.portsOver(store), world.domain, scope, { intend });
}

const ada: LocalWrite['intend'] = () =>
  Promise.resolve({ type: 'create', kind: 'card', action: 'create', fields: { name: 'Ada' }, stream: 'A' });
const remove =
  (id: string): LocalWrite['intend'] =>
  async (rows) => {
    const record = await rows.record(id);
    return record === null ? null : { type: 'delete', record, action: 'delete' };
  };

it('P1 P8 a create that the head has forgotten is made once, and its push asked for', async () => {
  const written = await write(ada);
  expect(world.records().map(({ id }) => id)).toEqual([written?.record.id]);
  expect([...world.rows.outbox.keys()]).toEqual([written?.operation?.op]);
  expect(world.told()).toEqual(['card.created own-write']);
});

it('P1 P8 a create that the head has forgotten is made once, though it was sent meanwhile', async () => {
  const written = await write(ada, () => world.push());
  expect(world.records().map(({ id }) => id)).toEqual([written?.record.id]);
  await world.push();
  expect(world.remote.effects).toEqual(['POST']);
  expect(world.faults()).toEqual([]);
});

it('P8 an update that the head has forgotten asks for its push', async () => {
  const { id } = await world.known({ name: 'Ada' });
  const written = await write(updateOf(id, 'update', { name: 'Ada Lovelace' }));
  expect([...world.rows.outbox.keys()]).toEqual([written?.operation?.op]);
  expect(written?.record.fields).toMatchObject({ name: 'Ada Lovelace' });
});

it('P8 a deletion that the head has forgotten was one, and asks for its push', async () => {
  const { id } = await world.known({ name: 'Ada' });
  const written = await write(remove(id));
  expect([...world.rows.outbox.keys()]).toEqual([written?.operation?.op]);
  expect(written?.record).toMatchObject({ id, fields: { name: 'Ada' } });
});

it('P8 a deletion that the head has forgotten was one, though it was sent meanwhile', async () => {
  const { id } = await world.known({ name: 'Ada' });
  expect(await write(remove(id), () => world.push())).toMatchObject({ record: { id } });
  expect(world.remote.effects).toEqual(['DELETE']);
});
