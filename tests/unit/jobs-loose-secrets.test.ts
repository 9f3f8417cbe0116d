import { beforeEach, describe, expect, it } from 'vitest';
import { StorageError } from '../../shared/errors.ts';
import { noteLoose, removeLoose, settleLoose } from '../../shared/jobs/loose-secrets.ts';
import { addConnection, openJobWorld, type JobWorld } from '../support/job-world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let world: JobWorld;
beforeEach(() => {
  world = openJobWorld();
});

const notes = (): string[] => [...world.lookups.rows].filter((row) => row.includes('loose-secret'));

/** A secret whose writer dies right after it stands. */
async function orphan(connectionId: string): Promise<string> {
  const ref = await world.secrets.create(connectionId, 'grant', async (place) => {
    await noteLoose(world.ports, connectionId, place);
  });
  return ref.name;
}

describe('a secret that no row names', () => {
  it('goes after an hour, and its note with it', async () => {
    const name = await orphan('c1');
    world.clock.advance(HOUR - 1);
    await removeLoose(world.ports);
    expect(world.secrets.values.has(name)).toBe(true);
    world.clock.advance(1);
    await removeLoose(world.ports);
    expect(world.secrets.values.has(name)).toBe(false);
    expect(notes()).toEqual([]);
  });

  it('is tried again where the vault is away, for as long as a grant lives', async () => {
    const name = await orphan('c1');
    world.hook = (call, when) => {
      if (call === 'secrets.remove' && when === 'before') throw new StorageError('vault.unavailable', 'down');
    };
    world.clock.advance(80 * DAY);
    await removeLoose(world.ports);
    expect(notes()).toHaveLength(1);
    expect(world.secrets.values.has(name)).toBe(true);
    world.clock.advance(11 * DAY);
    await removeLoose(world.ports);
    expect(notes()).toEqual([]);
  });

  it('delays no other where it cannot be removed', async () => {
    const [stuck, other] = [await orphan('c1'), await orphan('c2')];
    let failed = false;
    world.hook = (call, when) => {
      if (call !== 'secrets.remove' || when === 'after' || failed) return;
      failed = true;
      throw new StorageError('vault.unavailable', 'down');
    };
    world.clock.advance(HOUR);
    await removeLoose(world.ports);
    expect([world.secrets.values.has(stuck), world.secrets.values.has(other)]).toEqual([true, false]);
  });
});

describe('a secret that its row names', () => {
  it('stays, whatever note a crash left of it', async () => {
    const { secret } = await addConnection(world, 'c1');
    if (secret === null) expect.fail('no secret');
    await noteLoose(world.ports, 'c1', secret);
    world.clock.advance(HOUR);
    await removeLoose(world.ports);
    expect(world.secrets.values.has(secret.name)).toBe(true);
    expect(notes()).toEqual([]);
  });

  it('leaves no note once it is settled', async () => {
    const note = await noteLoose(world.ports, 'c1', { vault: 'https://vault.example', name: 'os-1' });
    expect(notes()).toHaveLength(1);
    await settleLoose(world.ports, note);
    expect(notes()).toEqual([]);
  });
});
