import { beforeEach, describe, expect, it } from 'vitest';
import { changeConnection } from '../../shared/jobs/change-connection.ts';
import { runDispatch } from '../../shared/jobs/dispatch.ts';
import { tellUntold, toTell } from '../../shared/jobs/tell-connection.ts';
import { addConnection, openJobWorld, type JobWorld } from '../support/job-world.ts';
import type { Connection } from '../../shared/engine/connection.ts';
import type { NewChange } from '../../shared/engine/model.ts';

const OWN = { connectionId: 'c1', domain: 'connection' };
const change: NewChange = {
  type: 'connection.reauth_required',
  id: 'c1',
  graphId: null,
  cause: 'system',
  changed: ['status'],
  before: null,
  after: null,
};

let world: JobWorld;
beforeEach(async () => {
  world = openJobWorld();
  await addConnection(world, 'c1');
});

const told = async (): Promise<string[]> => (await world.partitions.readChanges(OWN, 0, 100)).map((row) => row.type);

async function untold(): Promise<Connection> {
  const row = await changeConnection(world.ports, 'c1', (found) => ({
    ...found,
    untold: [toTell(world.ports, change)],
  }));
  return row ?? expect.fail('no connection');
}

describe('a feed row that stands in its connection', () => {
  it('is told once, though two tell it at the same time', async () => {
    const connection = await untold();
    await Promise.all([tellUntold(world.ports, connection), tellUntold(world.ports, connection)]);
    expect(await told()).toEqual(['connection.reauth_required']);
    expect((await world.connections.read('c1'))?.connection.untold).toEqual([]);
  });

  it('is told once, though its teller dies before it takes note', async () => {
    const connection = await untold();
    world.hook = (call, when) => {
      if (call === 'connections.replace' && when === 'before') throw new Error('killed');
    };
    await expect(tellUntold(world.ports, connection)).rejects.toThrow('killed');
    world.hook = () => undefined;
    await tellUntold(world.ports, connection);
    expect(await told()).toEqual(['connection.reauth_required']);
  });

  it('is told by housekeeping where nothing else comes by', async () => {
    await untold();
    await runDispatch({ kinds: ['housekeeping'], shards: [] }, world.ports);
    expect(await told()).toEqual(['connection.reauth_required']);
  });

  it('leaves one that came meanwhile to be told', async () => {
    const connection = await untold();
    const later = toTell(world.ports, { ...change, type: 'connection.recovered' });
    await changeConnection(world.ports, 'c1', (found) => ({ ...found, untold: [...(found.untold ?? []), later] }));
    await tellUntold(world.ports, connection);
    expect((await world.connections.read('c1'))?.connection.untold).toEqual([later]);
  });
});
