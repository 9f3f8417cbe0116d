import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StorageError } from '../../../shared/errors.ts';
import type { Source } from '../../../shared/engine/ports.ts';
import { startStoreRig, type StoreRig } from '../../support/store.ts';
import { failureOf } from './support.ts';
import { Tenancy } from './tenant.ts';

const free = {
  assertHeld: () => undefined,
  restUntil: () => Promise.resolve(),
  release: () => Promise.resolve(),
};

describe('a rotated refresh token in the real store, under strict rotation', () => {
  let rig: StoreRig;
  let tenancy: Tenancy;
  beforeAll(async () => {
    rig = await startStoreRig();
    tenancy = await Tenancy.start();
    await tenancy.control('PATCH', '/settings', { refreshTokens: { strict: true } });
  });
  afterAll(async () => {
    await tenancy[Symbol.asyncDispose]();
    await rig.close();
  });
  afterEach(() => {
    rig.heal();
  });

  const stores = () => rig.worker({ clock: tenancy.clock });

  async function connect(id: string): Promise<void> {
    const { connections, secrets } = stores();
    const connection = await tenancy.connect(id);
    const cache = await tenancy.secrets.read(connection.secret ?? { vault: '', name: '', version: '' });
    await connections.create({ ...connection, secret: await secrets.create(id, cache ?? '') });
  }

  /** A source of a worker of its own. */
  async function source(id: string): Promise<Source> {
    const { connections, secrets } = stores();
    const row = await connections.read(id);
    if (row === null) throw new Error('There is no such connection');
    return tenancy.worker({ connections, secrets }).sources.open(row.connection, free);
  }

  it('is lost by none of five workers that refresh at once', async () => {
    await connect('five');
    const sources = await Promise.all(Array.from({ length: 5 }, () => source('five')));
    await Promise.all(sources.map((one) => one.get('/me')));
    expect(await (await source('five')).get('/me')).toBeTruthy();
    expect((await stores().connections.read('five'))?.connection.refresh).toBeNull();
  });

  it('survives a worker that dies between the vault and the row', async () => {
    await connect('dying');
    const dying = await source('dying');
    rig.vaults.plan({
      method: 'PUT',
      path: /secrets/,
      fault: {
        call: {
          after: () => {
            rig.tables.plan({ times: Infinity, fault: { before: 'reset' } });
          },
        },
      },
    });
    expect(await failureOf(dying.get('/me'))).toBeInstanceOf(StorageError);
    rig.heal();
    tenancy.clock.move(60_000);
    expect(await (await source('dying')).get('/me')).toBeTruthy();
    expect(await (await source('dying')).get('/me')).toBeTruthy();
  });

  it('survives a vault that wrote and did not say so', async () => {
    await connect('silent');
    rig.vaults.plan({ method: 'PUT', path: /secrets/, fault: { applied: 'reset' } });
    expect(await (await source('silent')).get('/me')).toBeTruthy();
    expect(await (await source('silent')).get('/me')).toBeTruthy();
  });

  it('survives a row that was swapped and did not say so', async () => {
    await connect('swapped');
    const one = await source('swapped');
    rig.vaults.plan({
      method: 'PUT',
      path: /secrets/,
      fault: {
        call: {
          after: () => {
            rig.tables.plan({ method: /PUT|MERGE|POST|PATCH/, fault: { applied: 'reset' } });
          },
        },
      },
    });
    const outcome = await one.get('/me').catch((error: unknown) => error);
    expect(outcome).not.toMatchObject({ code: 'connection.unusable' });
    tenancy.clock.move(60_000);
    expect(await (await source('swapped')).get('/me')).toBeTruthy();
  });
});
