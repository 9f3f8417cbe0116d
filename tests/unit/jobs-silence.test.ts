import { beforeEach, describe, expect, it } from 'vitest';
import { streamOfCalendar } from '../../shared/domains/calendar/calendar-stream.ts';
import type { Connection, Subscription } from '../../shared/engine/connection.ts';
import { pendingStatus } from '../../shared/engine/head.ts';
import { ensureSubscriptions } from '../../shared/jobs/subscriptions/ensure.ts';
import { judgeSilence } from '../../shared/jobs/subscriptions/silence.ts';
import { ACCOUNT, addConnection, openJobWorld, type JobWorld } from '../support/job-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const calendar = (id: string) => ({
  ...{ order: `c:${id}`, id, columns: {} },
  item: { id, name: id, color: null, owner: null, isDefault: id === 'D', canEdit: true },
});

let world: JobWorld;
let connection: Connection;

/** A connection of two calendars of the account, one of which has to be polled. */
beforeEach(async () => {
  world = openJobWorld();
  const list = () => Promise.resolve({ entries: [calendar('D'), calendar('Z')], next: null });
  Object.assign(world.partitions, { list });
  connection = await addConnection(world, 'c1', {
    ...{ domains: ['calendar'], scopes: ['calendars.readwrite'] },
    settings: { calendar: { calendarIds: ['D', 'Z'] } },
  });
  await ensureSubscriptions(world.ports, connection);
  world.clock.advance(10 * MINUTE);
});

const row = async (): Promise<Subscription> =>
  (await world.subscriptions.read(ACCOUNT, 'me/events'))?.subscription ?? expect.fail('nothing is watched');

/** A poll that comes so long after a change in one of the calendars was made. */
async function poll(calendarId: string, age: number): Promise<boolean> {
  const earliest = new Map([[streamOfCalendar(calendarId), world.clock.now().getTime() - age]]);
  const status = { ...pendingStatus, trusted: false };
  await judgeSilence(world.ports, connection, { domain: 'calendar', found: { earliest }, status });
  return (await row()).distrusted;
}

async function notify(): Promise<void> {
  const seen = (await world.subscriptions.read(ACCOUNT, 'me/events')) ?? expect.fail('nothing is watched');
  const lastNotificationAt = world.clock.now().toISOString();
  await world.subscriptions.write({ ...seen.subscription, lastNotificationAt }, seen.version);
}

describe('a domain that polls beside its subscription', () => {
  it('distrusts it for a change that it had ample time to tell, and has it made anew', async () => {
    const before = (await row()).id;
    expect(await poll('D', 6 * MINUTE)).toBe(true);
    await ensureSubscriptions(world.ports, connection);
    expect((await row()).id).not.toBe(before);
  });

  it('distrusts it for the second change that was found before it was late, where nobody has told of either', async () => {
    expect(await poll('D', MINUTE)).toBe(false);
    world.clock.advance(5 * MINUTE);
    expect(await poll('D', MINUTE)).toBe(true);
  });

  it('trusts one whose notification was merely late', async () => {
    expect(await poll('D', 10 * SECOND)).toBe(false);
    world.clock.advance(30 * SECOND);
    await notify();
    world.clock.advance(5 * MINUTE);
    expect(await poll('D', MINUTE)).toBe(false);
  });

  it('trusts one that has told of several changes at once, of which the first alone is recorded', async () => {
    await notify();
    world.clock.advance(50 * SECOND);
    expect(await poll('D', SECOND)).toBe(false);
    world.clock.advance(6 * MINUTE);
    expect(await poll('D', MINUTE)).toBe(false);
  });

  it('learns nothing from a calendar that is polled anyway, and from what was changed before it was there', async () => {
    expect(await poll('Z', 6 * MINUTE)).toBe(false);
    expect(await poll('D', 60 * MINUTE)).toBe(false);
  });
});
