import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../shared/lib/random.ts';
import { VaultSecretStore } from '../../../shared/store/secret-store.ts';
import type { SecretStore } from '../../../shared/engine/directory-ports.ts';
import { startStoreRig, type StoreRig } from '../../support/store.ts';

describe('secrets in a vault over loopback', () => {
  let rig: StoreRig;
  let secrets: SecretStore;
  beforeAll(async () => {
    rig = await startStoreRig();
    ({ secrets } = rig.worker());
  });
  afterAll(() => rig.close());
  afterEach(() => {
    rig.heal();
  });
  /** A worker whose memory is empty. */
  const fresh = (): SecretStore => rig.worker().secrets;

  it('creates under a random name, reads that very version, and keeps old versions', async () => {
    const first = await secrets.create('c1', 'geheim-1');
    expect(first.name).toMatch(/^os-[0-9A-Za-z-]{20,}$/);
    const second = await secrets.update(first, 'geheim-2');
    expect(second).toMatchObject({ vault: first.vault, name: first.name });
    expect(second.version).not.toBe(first.version);
    expect([await fresh().read(first), await fresh().read(second)]).toEqual(['geheim-1', 'geheim-2']);
    expect(await fresh().latest(first)).toEqual({ ref: second, value: 'geheim-2' });
  });

  it('reads a version once per worker', async () => {
    const ref = await secrets.create('c2', 'geheim');
    const worker = fresh();
    await worker.read(ref);
    rig.vaults.forget();
    expect(await worker.read(ref)).toBe('geheim');
    expect(rig.vaults.requests).toEqual([]);
  });

  it('removes for good, again without error, and reads what is gone as null', async () => {
    const ref = await secrets.create('c3', 'geheim');
    await secrets.remove(ref);
    await secrets.remove(ref);
    expect(await secrets.read(ref)).toBeNull();
    expect(await fresh().latest(ref)).toBeNull();
  });

  it('P16: fails as StorageError that shows neither value nor request', async () => {
    await secrets.create('c4', 'warm');
    rig.vaults.plan({
      method: 'PUT',
      times: Infinity,
      fault: { before: { status: 429, headers: { 'retry-after': '0' } } },
    });
    const failure: unknown = await secrets.create('c4', 'sehr-geheim').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'vault.unavailable' });
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain('sehr-geheim');
  });

  it('takes neither a refusal nor a foreign 404 for an absent secret', async () => {
    const ref = await secrets.create('c5', 'geheim');
    for (const answer of [{ status: 403 }, { status: 404, body: 'not a vault' }, { status: 500 }]) {
      rig.vaults.plan({ times: Infinity, fault: { before: answer } });
      await expect(fresh().read(ref)).rejects.toMatchObject({ code: 'vault.unavailable' });
      rig.heal();
    }
  });

  it('spreads new secrets over several vaults, a key always into the same one', async () => {
    const vaults = [rig.vault.url, rig.vaults.url];
    const both = new VaultSecretStore(vaults, { clock: rig.clock, random: systemRandom });
    const refs = await Promise.all(Array.from({ length: 16 }, (_, index) => both.create(`key-${index}`, 'v')));
    expect(new Set(refs.map(({ vault }) => vault))).toEqual(new Set(vaults));
    expect((await both.create('key-3', 'w')).vault).toBe(refs[3]?.vault);
    for (const ref of refs) expect(await both.read(ref)).toBe('v');
  });
});
