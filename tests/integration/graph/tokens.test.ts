import { describe, expect, it } from 'vitest';
import type { Connection, SecretRef } from '../../../shared/engine/connection.ts';
import type { ConnectionStore, SecretStore } from '../../../shared/engine/directory-ports.ts';
import { StorageError, TransientError } from '../../../shared/errors.ts';
import { failureOf } from './support.ts';
import { Tenancy } from './tenant.ts';

/** A store that acts first and tells then. */
function afterReplace(store: ConnectionStore, before: (next: Connection) => Promise<void> | void): ConnectionStore {
  return {
    read: (id) => store.read(id),
    create: (connection) => store.create(connection),
    replace: async (connection, version) => {
      await before(connection);
      return store.replace(connection, version);
    },
    remove: (id) => store.remove(id),
    list: (query) => store.list(query),
  };
}

function afterUpdate(store: SecretStore, after: () => Promise<void> | void): SecretStore {
  return {
    create: (key, value) => store.create(key, value),
    update: async (ref, value): Promise<SecretRef> => {
      const stored = await store.update(ref, value);
      await after();
      return stored;
    },
    read: (ref) => store.read(ref),
    latest: (ref) => store.latest(ref),
    remove: (ref) => store.remove(ref),
  };
}

const strict = { refreshTokens: { strict: true } };

describe('an access token', () => {
  it('is asked for once and held for later sources of the worker', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    const before = await tenancy.tokenCalls();
    const worker = tenancy.worker();
    for (let turn = 0; turn < 3; turn += 1) await (await tenancy.source(worker)).get('/me');
    expect(await tenancy.tokenCalls()).toBe(before + 1);
  });

  it('is asked for once by many calls at a time', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    const before = await tenancy.tokenCalls();
    const worker = tenancy.worker();
    const source = await tenancy.source(worker);
    await Promise.all([source.get('/me'), source.get('/me'), (await tenancy.source(worker)).get('/me')]);
    expect(await tenancy.tokenCalls()).toBe(before + 1);
  });

  it('is refreshed before its end', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    const worker = tenancy.worker();
    await (await tenancy.source(worker)).get('/me');
    const before = await tenancy.tokenCalls();
    tenancy.clock.move(2 * 3_600_000);
    await (await tenancy.source(worker)).get('/me');
    expect(await tenancy.tokenCalls()).toBe(before + 1);
  });

  it('is refreshed when Graph refuses it before its time', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    const source = await tenancy.source(tenancy.worker());
    await source.get('/me');
    await tenancy.control('POST', '/clock', { advanceSeconds: 7200 });
    expect(await source.get('/me')).toMatchObject({ userPrincipalName: 'kim@contoso.com' });
  });

  it('is asked for without what another feature was granted, which may be withdrawn alone', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    const row = (await tenancy.connections.read('c-1')) ?? expect.fail('no connection');
    const scopes = [...row.connection.scopes, 'files.read', 'user.read.all'];
    await tenancy.connections.replace({ ...row.connection, scopes }, row.version);
    expect(await (await tenancy.source(tenancy.worker())).get('/me/messages')).toBeTruthy();
  });

  it('is in no log line and no stored secret', async () => {
    await using tenancy = await Tenancy.start();
    const { secret } = await tenancy.connect();
    await (await tenancy.source(tenancy.worker())).get('/me');
    for (const value of tenancy.secrets.values(secret?.name ?? '')) {
      expect(JSON.parse(value)).toMatchObject({ AccessToken: {}, IdToken: {} });
    }
    expect(tenancy.lines.join('\n')).not.toMatch(/eyJ|1\.AX/);
  });
});

describe('a rotated refresh token', () => {
  it('is stored as a new version, and the row points at it', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    await (await tenancy.source(tenancy.worker())).get('/me');
    const row = await tenancy.row();
    expect(row.secret?.version).toBe('2');
    expect(row.refresh).toBeNull();
    const [first, second] = tenancy.secrets.values(row.secret?.name ?? '');
    expect(second).not.toBe(first);
  });

  it('is not lost by two workers that refresh at once under strict rotation', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.control('PATCH', '/settings', strict);
    await tenancy.connect();
    const workers = [tenancy.worker(), tenancy.worker(), tenancy.worker()];
    const reads = workers.map(async (worker) => (await tenancy.source(worker)).get('/me'));
    expect(await Promise.all(reads)).toHaveLength(3);
    expect((await tenancy.row()).secret?.version).toBe('4');
    expect(await (await tenancy.source(tenancy.worker())).get('/me')).toBeTruthy();
  });

  it('survives a worker that dies between the vault and the row under strict rotation', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.control('PATCH', '/settings', strict);
    await tenancy.connect();
    let dead = false;
    const connections = afterReplace(tenancy.connections, () => {
      if (dead) throw new StorageError('store.unavailable', 'This worker is dead');
    });
    const secrets = afterUpdate(tenancy.secrets, () => {
      dead = true;
    });
    const dying = await tenancy.source(tenancy.worker({ connections, secrets }));
    expect(await failureOf(dying.get('/me'))).toBeInstanceOf(StorageError);
    expect(await tenancy.row()).toMatchObject({ secret: { version: '1' } });

    tenancy.clock.move(60_000);
    await (await tenancy.source(tenancy.worker())).get('/me');
    expect(await tenancy.row()).toMatchObject({ secret: { version: '3' }, refresh: null });
  });

  it('is kept in memory while the vault is down, under strict rotation', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.control('PATCH', '/settings', strict);
    await tenancy.connect();
    const worker = tenancy.worker();
    tenancy.secrets.failUpdates = 3;
    expect(await failureOf((await tenancy.source(worker)).get('/me'))).toBeInstanceOf(StorageError);
    expect((await tenancy.row()).refresh).toBeNull();
    expect(await (await tenancy.source(worker)).get('/me')).toBeTruthy();
    expect(await (await tenancy.source(tenancy.worker())).get('/me')).toBeTruthy();
  });

  it('is stored after a passing failure of the vault', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    tenancy.secrets.failUpdates = 1;
    expect(await (await tenancy.source(tenancy.worker())).get('/me')).toBeTruthy();
  });

  it('keeps what others changed in the row meanwhile', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    const secrets = afterUpdate(tenancy.secrets, async () => {
      const row = await tenancy.connections.read('c-1');
      if (row !== null) await tenancy.connections.replace({ ...row.connection, warnings: ['w'] }, row.version);
    });
    await (await tenancy.source(tenancy.worker({ secrets }))).get('/me');
    expect(await tenancy.row()).toMatchObject({ warnings: ['w'], secret: { version: '2' }, refresh: null });
  });

  it('leaves the row at the newest version when another worker has stored a later one', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    const secrets = afterUpdate(tenancy.secrets, async () => {
      const row = await tenancy.connections.read('c-1');
      const old = row?.connection.secret ?? null;
      if (row === null || old === null) return;
      const secret = await tenancy.secrets.update(old, 'newest');
      await tenancy.connections.replace({ ...row.connection, secret }, row.version);
    });
    await (await tenancy.source(tenancy.worker({ secrets }))).get('/me');
    expect(await tenancy.row()).toMatchObject({ secret: { version: '3' }, refresh: null });
  });

  it('never replaces the secret of a new sign-in', async () => {
    await using tenancy = await Tenancy.start();
    await tenancy.connect();
    const secrets = afterUpdate(tenancy.secrets, async () => {
      const row = await tenancy.connections.read('c-1');
      if (row === null) return;
      const secret = await tenancy.secrets.create('c-1', 'of the new sign-in');
      await tenancy.connections.replace({ ...row.connection, secret }, row.version);
    });
    const error = await failureOf((await tenancy.source(tenancy.worker({ secrets }))).get('/me'));
    expect(error).toBeInstanceOf(TransientError);
    expect(await tenancy.row()).toMatchObject({ secret: { name: 's-2', version: '1' }, refresh: null });
  });
});
