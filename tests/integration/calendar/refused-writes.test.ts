import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Fields } from '../../../shared/lib/json.ts';
import { startCalendarWorld, type CalendarWorld } from '../../support/calendar-world.ts';
import { storedTexts } from '../../support/stored-texts.ts';

const HOUR_MS = 3_600_000;
/** Stands too far on to be in a preview. */
const MARK = 'A sentence that stands in bodies alone';
const BOB = '/users/bob@contoso.example';
const sharedSchema = z.object({ calendarId: z.string() });

const meeting = (at: CalendarWorld, subject: string): Fields => ({
  subject,
  start: { dateTime: at.day(3), timeZone: 'UTC' },
  end: { dateTime: at.day(3, '10:00:00'), timeZone: 'UTC' },
});
const idOf = async (at: CalendarWorld, subject: string) =>
  (await at.ours()).find((item) => item['subject'] === subject)?.['id'];
const share = async (at: CalendarWorld, role: string): Promise<string> =>
  sharedSchema.parse(await at.world.control('POST', `${BOB}/calendars/Calendar/share`, { with: at.world.upn, role }))
    .calendarId;

it('P11 P16 P17: a calendar that may be read alone refuses its writes, and nothing else suffers', async () => {
  await using at = await startCalendarWorld();
  const { app, connectionId, clock } = at.world;
  await at.world.control('POST', '/users', { userPrincipalName: 'bob@contoso.example', displayName: 'Bob' });
  const calendarId = await share(at, 'write');
  await at.settings({ calendarIds: [at.main, calendarId] });
  await at.arrive(meeting(at, 'Mine'));
  await at.world.control('POST', `${BOB}/events`, meeting(at, 'Theirs'));
  await at.poll();
  const from = (await at.feed()).length;
  const [mine, theirs] = [await idOf(at, 'Mine'), await idOf(at, 'Theirs')];
  await share(at, 'read');
  const body = { contentType: 'text', content: `${'Long enough to be no preview. '.repeat(20)}${MARK}` };
  await at.update(theirs, { subject: 'Theirs, by us', body });
  await at.update(mine, { subject: 'Mine, by us', body });
  await at.world.drain();
  expect((await at.record(mine)).own.map(({ done }) => done)).toEqual([true]);
  expect(await app.store.readOutbox(at.scope)).toMatchObject([{ denials: 1, lastError: 'access_denied' }]);
  for (let round = 0; round < 4; round++) {
    clock.move(HOUR_MS);
    await app.queues.push({ ...at.scope, due: null });
    await at.world.drain();
  }
  const rows = (await at.feed()).slice(from);
  expect(rows.map(({ type, cause }) => `${type} ${cause}`)).toEqual([
    'event.updated own-write',
    'event.updated own-write',
    'event.updated own-write',
    'event.conflict system',
  ]);
  expect(rows.at(-1)).toMatchObject({
    after: { subject: 'Theirs', pushed: 'failed' },
    details: { losing: { subject: 'Theirs, by us' }, refused: { code: 'access_denied' } },
  });
  expect((await app.connections.read(connectionId))?.connection).toMatchObject({
    status: 'connected',
    lastErrorAt: null,
  });
  expect(await app.store.readOutbox(at.scope)).toEqual([]);
  const texts = await storedTexts(at.world.azurite.connectionString);
  expect(texts.filter((text) => text.includes(MARK))).toEqual([]);
});
