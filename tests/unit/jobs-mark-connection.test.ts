import { beforeEach, describe, expect, it } from 'vitest';
import { contacts } from '../../shared/domains/contacts/index.ts';
import { mail } from '../../shared/domains/mail/index.ts';
import { pendingStatus, type DomainStatus } from '../../shared/engine/head.ts';
import { ConnectionError, type ConnectionReason } from '../../shared/errors.ts';
import { changeConnection } from '../../shared/jobs/change-connection.ts';
import { markConnection } from '../../shared/jobs/mark-connection.ts';
import { addConnection, openJobWorld, type JobWorld } from '../support/job-world.ts';

const OWN = { connectionId: 'c1', domain: 'connection' };
const domains = { mail: { domain: mail }, contacts: { domain: contacts } };

let world: JobWorld;
let writes: number;
beforeEach(async () => {
  world = openJobWorld();
  await addConnection(world, 'c1', { domains: ['mail', 'contacts'] });
  await ends('mail');
  await ends('contacts');
  writes = 0;
  world.hook = (call, when) => {
    if (call === 'connections.replace' && when === 'after') writes++;
  };
});

/** A run of a domain ends: well, with an error of the whole connection, or in a way that says nothing of it (`null`). */
async function ends(domain: string, how: ConnectionReason | 'well' | null = 'well'): Promise<void> {
  const read = (await world.connections.read('c1')) ?? expect.fail('no connection');
  const well = how === 'well';
  const failed = { ...pendingStatus, status: 'error', reason: how ?? 'remote.transient' } as const;
  const status: DomainStatus = well
    ? { ...pendingStatus, status: 'ok', lastSyncedAt: world.clock.now().toISOString() }
    : failed;
  const error = how === null || how === 'well' ? null : new ConnectionError(how, 'told');
  await markConnection({ ...world.ports, domains }, { read, scope: { ...OWN, domain }, status, error, well });
}

const told = async (): Promise<string[]> => (await world.partitions.readChanges(OWN, 0, 100)).map(({ type }) => type);
const standing = async (): Promise<string | undefined> => {
  const { connection } = (await world.connections.read('c1')) ?? {};
  return connection?.reason === null ? connection.status : `${connection?.status}: ${connection?.reason}`;
};

describe('P17 a connection with a domain that cannot sync', () => {
  it('says so until that domain is well again, however often another one is, and tells it once', async () => {
    for (let hour = 0; hour < 3; hour++) {
      await ends('contacts', 'access_denied');
      await ends('mail');
      expect(await standing()).toBe('error: access_denied');
    }
    // Nobody knows what became of the access.
    await ends('contacts', null);
    await ends('mail');
    expect(await standing()).toBe('error: access_denied');
    expect(await told()).toEqual(['connection.error']);
    await ends('contacts');
    expect(await standing()).toBe('connected');
    await ends('mail');
    expect(await told()).toEqual(['connection.error', 'connection.recovered']);
  });

  it('says why the next one cannot when the first is well again', async () => {
    await ends('contacts', 'access_denied');
    await ends('mail', 'mailbox_unreachable');
    expect(await standing()).toBe('error: mailbox_unreachable');
    await ends('mail');
    expect(await standing()).toBe('error: access_denied');
    await ends('contacts');
    expect(await standing()).toBe('connected');
    expect(await told()).toEqual(['connection.error', 'connection.recovered']);
  });

  it('recovers without that domain where it is synced no more', async () => {
    await ends('contacts', 'access_denied');
    await changeConnection(world.ports, 'c1', (found) => ({ ...found, domains: ['mail'] }));
    await ends('mail');
    expect(await standing()).toBe('connected');
    expect(await told()).toEqual(['connection.error', 'connection.recovered']);
  });

  it('writes nothing for the polls of the others', async () => {
    await ends('contacts', 'access_denied');
    const before = writes;
    for (let n = 0; n < 3; n++) await ends('mail');
    expect(writes).toBe(before);
  });
});
