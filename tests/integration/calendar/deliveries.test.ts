import { expect, it } from 'vitest';
import { z } from 'zod';
import { joinChanges } from '../../../shared/api/feed/join-changes.ts';
import { openApp } from '../../../shared/app.ts';
import { loadConfig } from '../../../shared/config.ts';
import { retryDelivery } from '../../../shared/jobs/deliveries/again.ts';
import { runDeliverJob } from '../../../shared/jobs/deliveries/deliver-job.ts';
import { silentLog } from '../../../shared/lib/log.ts';
import { startCalendarWorld } from '../../support/calendar-world.ts';
import { newEndpoint, refused, taken, TestReceiver } from '../../support/delivery-world.ts';

const body = z.object({ data: z.looseObject({ seq: z.number(), before: z.unknown(), after: z.unknown() }) });
const event = z.object({ subject: z.string(), location: z.string() });

it('P18: sends occurrences with all that their series says, as the feed is read, also when it is sent again', async () => {
  await using at = await startCalendarWorld();
  const { world, scope } = at;
  const day = (days: number, time?: string): string => at.day(days, time);
  const id = await at.arrive({
    subject: 'Standup',
    location: { displayName: 'Room 4' },
    start: { dateTime: day(-3), timeZone: 'UTC' },
    end: { dateTime: day(-3, '09:15:00'), timeZone: 'UTC' },
    recurrence: {
      pattern: { type: 'daily', interval: 1 },
      range: { type: 'numbered', startDate: day(-3).slice(0, 10), numberOfOccurrences: 10 },
    },
  });
  const receiver = new TestReceiver();
  const app = openApp(loadConfig(world.environment), { clock: world.clock, log: silentLog, transport: receiver });
  await app.endpoints.create(newEndpoint('e1'));
  await at.poll();
  await at.remove(id, day(2));
  await at.poll();
  receiver.answer = ({ type }) => (type === 'event.deleted' ? refused() : taken);
  await runDeliverJob({ ...scope, due: null }, app);
  receiver.answer = () => taken;
  world.clock.move(3_600_000);
  await runDeliverJob({ ...scope, due: null }, app);
  const query = { endpointId: 'e1', type: 'event.deleted', limit: 10, after: null };
  const [again] = (await app.deliveries.list(query)).deliveries;
  if (again === undefined) throw new Error('nothing was delivered');
  await retryDelivery(app, again);
  const count = receiver.sent.length;
  await runDeliverJob({ ...scope, due: null }, app);
  expect(receiver.sent.slice(count).map(({ type }) => type)).toEqual(['event.deleted']);
  const feed = await joinChanges(app, scope.connectionId, await at.feed());
  const rows = new Map(feed.map((change) => [change.seq, change]));
  const sent = receiver.sent.map((one) => body.parse(JSON.parse(one.body)).data);
  expect(sent.length).toBeGreaterThan(feed.length);
  for (const { seq, before, after } of sent)
    expect({ seq, before, after }).toEqual({ seq, before: rows.get(seq)?.before, after: rows.get(seq)?.after });
  const events = feed.filter(({ type }) => type.startsWith('event.'));
  expect(events.length).toBeGreaterThan(10);
  for (const { before, after } of events) expect(event.parse(after ?? before)).toMatchObject({ location: 'Room 4' });
});
