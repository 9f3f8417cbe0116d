import { expect, it } from 'vitest';
import { z } from 'zod';
import { openApp } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import { startCalendarWorld } from '../support/calendar-world.ts';
import { connect, startWorld } from '../support/sync-world.ts';
import { daily, whole } from './plan/diary.ts';

/** A named item is read for itself, whatever its folder does: here the folders alone are to bring it. */
const quiet = { notifications: { pause: true } };

it('P11 a folder that fails for ever delays no other, and catches up once it can be read', async () => {
  await using world = await startWorld({ messages: 30 });
  await world.control('PATCH', '/settings', quiet);
  await world.drain();
  const [inbox] = await world.messages();
  const folder = inbox?.folderId ?? '';
  const here = await world.arrive({ subject: 'In the broken folder', folder });
  const there = await world.arrive({ subject: 'Elsewhere', folder: 'archive' });
  const path = `/mailFolders/${encodeURIComponent(folder)}/messages/delta`.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  await world.control('POST', '/faults', { match: { path }, times: 0, action: { kind: 'status', status: 500 } });
  await world.poll();
  const ids = new Set((await world.messages()).map((message) => message.graphId));
  expect([ids.has(here), ids.has(there)]).toEqual([false, true]);
  expect((await world.head()).status).toMatchObject({ status: 'degraded', reason: 'stream_failed' });
  await world.control('DELETE', '/faults');
  world.clock.move(7_200_000);
  await world.poll();
  expect(await world.differences()).toEqual([]);
  expect((await world.head()).status).toMatchObject({ status: 'ok', reason: null, lastError: null });
});

it('P11 an item that cannot be read is put aside without its body, and the page goes on; a good version takes its place', async () => {
  await using world = await startWorld({ messages: 5 });
  await world.control('PATCH', '/settings', quiet);
  await world.drain();
  const bad = await world.arrive({ subject: 'Unreadable', body: 'The preview shows no more than this.' });
  const good = await world.arrive({ subject: 'Readable' });
  const page = z.object({ value: z.array(z.looseObject({ id: z.string() })) }).loose();
  const spoil = world.graph.plan({
    path: /\/messages\/delta/,
    times: Infinity,
    fault: {
      rewrite: (text) => {
        const { value, ...rest } = page.parse(JSON.parse(text));
        const body = { contentType: 'text', content: 'nobody may keep this' };
        const spoilt = value.map((item) => (item.id === bad ? { ...item, body, uniqueBody: body, from: 5 } : item));
        return JSON.stringify({ ...rest, value: spoilt });
      },
    },
  });
  await world.poll();
  spoil.cancel();
  const scope = { connectionId: world.connectionId, domain: 'mail' };
  const aside = async (): Promise<string[]> => {
    const rows = await Promise.all((await world.cursors()).map(({ stream }) => world.app.store.readBad(scope, stream)));
    return rows.flat().map((row) => JSON.stringify(row));
  };
  expect((await world.messages()).map((message) => message.graphId)).toContain(good);
  const rows = await aside();
  expect(rows.length).toBe(1);
  expect(rows[0]).toContain(bad);
  expect(rows[0]).not.toContain('nobody may keep this');
  expect((await world.head()).counts.bad).toBe(1);
  await world.user('PATCH', `/messages/${bad}`, { isRead: true });
  await world.poll();
  expect(await aside()).toEqual([]);
  expect((await world.head()).counts.bad).toBe(0);
  expect(await world.differences()).toEqual([]);
});

it.each([403, 500])(
  'P11 one calendar of several that answers %i for ever delays no other, loses nothing, and catches up once it can be read',
  async (status) => {
    await using calendar = await startCalendarWorld();
    const { world, main } = calendar;
    await world.control('PATCH', '/settings', quiet);
    const [broken, other] = [await calendar.calendar('Broken'), await calendar.calendar('Other')];
    await calendar.settings({ calendarIds: [main, broken, other] });
    const series = await calendar.arrive({ ...daily(calendar, 'Series', 1, 4), calendar: broken });
    await calendar.poll();
    const held = (await calendar.feed()).length;
    await calendar.arrive({ ...whole(calendar, 'Here', 5), calendar: broken });
    await calendar.edit(series, { subject: 'For once' }, calendar.day(2));
    for (const id of [main, other]) await calendar.arrive({ ...whole(calendar, `There ${id}`, 5), calendar: id });
    const path = `/calendars/${encodeURIComponent(broken)}/calendarView/delta`.replaceAll(
      /[.*+?^${}()|[\]\\]/g,
      '\\$&',
    );
    await world.control('POST', '/faults', { match: { path }, times: 0, action: { kind: 'status', status } });
    await calendar.poll();
    const shown = await calendar.ours();
    expect(shown.map(({ location }) => location)).toEqual(expect.arrayContaining([`There ${main}`, `There ${other}`]));
    expect((await calendar.feed()).slice(held).map(({ type }) => type)).toEqual(['event.created', 'event.created']);
    expect(shown.filter(({ calendarId }) => calendarId === broken)).toHaveLength(4);
    expect((await calendar.head()).status).toMatchObject({ status: 'degraded', reason: 'stream_failed' });
    await world.control('DELETE', '/faults');
    world.clock.move(7_200_000);
    await calendar.poll();
    expect(await calendar.differences([main, broken, other])).toEqual([]);
    expect((await calendar.head()).status).toMatchObject({ status: 'ok', reason: null, lastError: null });
  },
);

it('P11 an event that cannot be read is put aside, and its page goes on, series and all; a good version takes its place', async () => {
  await using calendar = await startCalendarWorld();
  const { world, scope } = calendar;
  await world.control('PATCH', '/settings', quiet);
  const bad = await calendar.arrive(whole(calendar, 'Unreadable', 3));
  await calendar.arrive(whole(calendar, 'Readable', 3));
  const series = await calendar.arrive(daily(calendar, 'Series', 1, 4));
  await calendar.edit(series, { subject: 'For once' }, calendar.day(2));
  const page = z.looseObject({ value: z.array(z.looseObject({ id: z.string() })) });
  const spoil = world.graph.plan({
    path: /\/calendarView\/delta/,
    times: Infinity,
    fault: {
      rewrite: (text) => {
        const { value, ...rest } = page.parse(JSON.parse(text));
        return JSON.stringify({
          ...rest,
          value: value.map((item) => (item.id === bad ? { ...item, subject: 5 } : item)),
        });
      },
    },
  });
  await calendar.poll();
  spoil.cancel();
  const aside = async (): Promise<unknown[]> => {
    const streams = (await calendar.cursors()).map(({ stream }) => world.app.store.readBad(scope, stream));
    return (await Promise.all(streams)).flat();
  };
  const subjects = (await calendar.ours()).map(({ subject }) => subject).toSorted();
  expect(subjects).toEqual(['About Readable', 'About Series', 'About Series', 'About Series', 'For once']);
  expect((await aside()).map((row) => JSON.stringify(row).includes(bad))).toEqual([true]);
  expect((await calendar.head()).counts.bad).toBe(1);
  await calendar.edit(bad, { subject: 'Readable at last' });
  await calendar.poll();
  expect(await aside()).toEqual([]);
  expect((await calendar.head()).counts.bad).toBe(0);
  expect(await calendar.differences()).toEqual([]);
});

it('P11 a connection whose grant is dead delays no other', async () => {
  await using world = await startWorld({ messages: 5 });
  const other = { userPrincipalName: 'other@contoso.example', password: 'Pa55-word!', messages: 8 };
  await world.control('POST', '/users', other);
  const account = { username: other.userPrincipalName, password: other.password, folders: 'all' as const };
  const connectionId = await connect(world.app, account);
  await world.user('POST', '/revoke', {});
  const cold = openApp(loadConfig(world.environment), { clock: world.clock, log: silentLog });
  await Promise.all(
    [world.connectionId, connectionId].map((id) =>
      runSyncJob({ connectionId: id, domain: 'mail', why: 'schedule', due: null }, cold),
    ),
  );
  const status = async (id: string): Promise<unknown> => (await cold.connections.read(id))?.connection.status;
  expect([await status(world.connectionId), await status(connectionId)]).toEqual(['reauth_required', 'connected']);
  const head = await cold.store.readHead({ connectionId, domain: 'mail' });
  expect(head?.head.status).toMatchObject({ status: 'ok' });
  expect(head?.head.counts.records).toBeGreaterThan(8);
});
