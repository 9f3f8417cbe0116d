import { describe, expect, it } from 'vitest';
import { connectAccount } from '../../shared/api/connect/connect-account.ts';
import type { Link } from '../../shared/api/connect/tickets.ts';
import { shardOf } from '../../shared/engine/directory-ports.ts';
import { changeConnection } from '../../shared/jobs/change-connection.ts';
import { DISCONNECT, runDisconnect } from '../../shared/jobs/disconnect.ts';
import { runDispatch } from '../../shared/jobs/dispatch.ts';
import { takePushTrigger } from '../../shared/jobs/push-trigger.ts';
import { apiPorts } from '../support/api-ports.ts';
import { ACCOUNT, openJobWorld, type JobWorld } from '../support/job-world.ts';

const MINUTE = 60_000;
const LINK: Link = {
  userId: 'user-1',
  workspaceId: null,
  domains: ['mail'],
  settings: {},
  returnUrl: null,
  loginHint: null,
};
const FORMER = 'adele@contoso.example';
const PRESENT = 'adele.vance@contoso.example';

const signIn = (world: JobWorld, username: string): ReturnType<typeof connectAccount> =>
  connectAccount({ ...apiPorts(), ...world.ports, config: apiPorts().config }, LINK, {
    account: { ...ACCOUNT, username },
    scopes: ['mail.readwrite'],
    cache: 'grant',
  });

/** Timers' turns as they come: every minute, for some minutes. */
async function turns(world: JobWorld, id: string): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    world.clock.advance(MINUTE);
    await runDispatch({ kinds: ['subscriptions'], shards: [shardOf(id)] }, world.ports);
  }
}

/** A connection whose grant was withdrawn, and its subscription with it. */
async function withdrawn(): Promise<{ readonly world: JobWorld; readonly id: string }> {
  const world = openJobWorld();
  const { connectionId: id } = await signIn(world, FORMER);
  await turns(world, id);
  world.graph.live.clear();
  await changeConnection(world.ports, id, (found) => ({ ...found, status: 'reauth_required' }));
  return { world, id };
}

async function expectMended(world: JobWorld, id: string, dead: string): Promise<void> {
  const row = await world.row();
  expect([...world.graph.live.keys()], dead).toEqual([row?.id]);
  const trigger = { target: { addresses: [PRESENT] }, domain: 'mail', ids: null };
  expect(await takePushTrigger(world.ports, trigger), dead).toMatchObject([{ id, status: 'connected' }]);
}

async function expectNoLookups(world: JobWorld, id: string, dead: string): Promise<void> {
  await changeConnection(world.ports, id, (found) => ({ ...found, status: 'disconnecting' }));
  await runDisconnect(world.ports, { kind: DISCONNECT, connectionId: id, dueAt: world.clock.now() });
  const left = [...world.lookups.rows].filter((one) => !one.includes('loose-secret'));
  expect(left, dead).toEqual([]);
}

describe('an account that signs in again, with another address, after its grant was withdrawn', () => {
  it('has a live subscription and is found by its address, wherever the worker dies', async () => {
    const counting = await withdrawn();
    let calls = 0;
    counting.world.hook = () => {
      calls++;
    };
    await signIn(counting.world, PRESENT);
    expect(calls).toBeGreaterThan(20);
    for (let deadly = 1; deadly <= calls + 1; deadly++) {
      const dead = `call ${deadly}`;
      const { world, id } = await withdrawn();
      let seen = 0;
      // Dead from that call on: what the worker would do after it does not happen either.
      world.hook = () => {
        if (++seen >= deadly) throw new Error('killed');
      };
      await signIn(world, PRESENT).catch(() => undefined);
      world.hook = () => undefined;
      // Whoever sees that the account is not connected signs in again; nobody else does.
      if ((await world.connections.read(id))?.connection.status !== 'connected') await signIn(world, PRESENT);
      await turns(world, id);
      await expectMended(world, id, dead);
      await expectNoLookups(world, id, dead);
    }
  });

  it('keeps no look-up of one that leaves meanwhile', async () => {
    const { world, id } = await withdrawn();
    let left = false;
    world.hook = (call, when) => {
      if (call !== 'lookups.add' || when !== 'before' || left) return;
      left = true;
      world.connections.change(id, (found) => ({ ...found, status: 'disconnected' }));
    };
    await expect(signIn(world, PRESENT)).rejects.toThrow('left meanwhile');
    expect([...world.lookups.rows].filter((one) => /address|own/.test(one))).toEqual([]);
  });
});
