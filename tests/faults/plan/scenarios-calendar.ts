import type { Fields } from '../../../shared/lib/json.ts';
import { daily, openCalendars, openDiary, prepared, repeated, slot, sync, whole, type Diary } from './diary.ts';
import { readPartition } from './partition.ts';
import type { Scenario } from './scenarios.ts';
import { eventScenarios } from './scenarios-events.ts';

const none = { told: {}, effects: {} };

/** The first sync of two calendars and several pages: a series with an exception and a day left out, single events, whole days. */
const firstSync: Scenario = {
  name: 'calendar-first-sync',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { outlook, day } = diary;
    const [other] = await openCalendars(diary, ['Projects']);
    for (let n = 1; n <= 5; n++) await outlook.create(whole(diary, `Single ${n}`, n));
    for (let n = 1; n <= 3; n++) await outlook.create(whole(diary, `Project ${n}`, n), other);
    const series = await outlook.create(daily(diary, 'Series', 1, 8));
    await outlook.patch(series, { subject: 'For once' }, day(3));
    await outlook.remove(series, day(5));
    const midnight = (days: number): object => ({ dateTime: day(days, '00:00:00'), timeZone: 'UTC' });
    const days = { isAllDay: true, start: midnight(4), end: midnight(7) };
    await outlook.create({ ...whole(diary, 'Away', 4), ...days });
    // No page tells which days of a series are left out: it is read itself.
    return prepared(diary, { ...none, late: ['Series'] });
  },
};

/**
 * A round that finds new, changed, deleted events, one at another time, one of whole days that was none, one in another calendar
 * that is synced, one in a calendar that is not, and one that came back from there.
 */
const delta: Scenario = {
  name: 'calendar-delta',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { outlook, day } = diary;
    const [other = '', away = ''] = await openCalendars(diary, ['Projects'], ['Unread']);
    const make = (name: string, days: number): Promise<string> => outlook.create(whole(diary, name, days));
    const [changed, shifted, widened] = [await make('Changed', 1), await make('Shifted', 2), await make('Widened', 3)];
    const [moved, left, deleted] = [await make('Moved', 4), await make('Left', 5), await make('Deleted', 6)];
    const back = await make('Back', 7);
    await sync(diary);
    await make('Created', 8);
    await outlook.patch(changed, { subject: 'Another', importance: 'high', categories: [] });
    const time = (days: number, hour: string): object => ({ dateTime: day(days, hour), timeZone: 'UTC' });
    await outlook.patch(shifted, { start: time(9, '15:00:00'), end: time(9, '15:30:00') });
    await outlook.patch(widened, { isAllDay: true, start: time(3, '00:00:00'), end: time(4, '00:00:00') });
    await outlook.move(moved, other);
    await outlook.move(left, away);
    await outlook.remove(deleted);
    await outlook.move(back, away);
    await outlook.move(back, (await outlook.snapshot(`${slot(diary, 0)}/${slot(diary, 1)}`)).calendars[0]?.id ?? '');
    const told = {
      Created: ['event.created'],
      Changed: ['event.updated'],
      Shifted: ['event.updated'],
      Widened: ['event.updated'],
      Moved: ['event.moved'],
      Left: ['event.deleted'],
      Deleted: ['event.deleted'],
    };
    return prepared(diary, { told, effects: {} });
  },
};

/** A series of so many days, synced once; answers its Graph id. */
async function withSeries(diary: Diary, count: number): Promise<string> {
  const id = await diary.outlook.create(daily(diary, 'Series', 1, count));
  await sync(diary);
  return id;
}

/** Somebody edits a series: one row, whatever its length, and one of an exception, which has a part of that for itself. */
const seriesEdited: Scenario = {
  name: 'calendar-series-edited',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { outlook, day } = diary;
    const id = await outlook.create(daily(diary, 'Series', 1, 12));
    await outlook.patch(id, { subject: 'For once' }, day(4));
    await sync(diary);
    await outlook.patch(id, { subject: 'Another', importance: 'high' });
    const name = slot(diary, 4);
    const told = { Series: ['event.updated'], [name]: ['event.updated'] };
    const holds = { [name]: { subject: 'For once', importance: 'high' } };
    return prepared(diary, { told, effects: {}, holds });
  },
};

/** Somebody takes one occurrence out, edits another, and moves a third to another time. */
const occurrencesEdited: Scenario = {
  name: 'calendar-occurrences-edited',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { outlook, day } = diary;
    const id = await withSeries(diary, 8);
    await outlook.remove(id, day(3));
    await outlook.patch(id, { subject: 'For once' }, day(5));
    const time = (clock: string): object => ({ dateTime: day(7, clock), timeZone: 'UTC' });
    await outlook.patch(id, { start: time('15:00:00'), end: time('16:00:00') }, day(7));
    const told = {
      Series: ['event.updated'],
      [slot(diary, 3)]: ['event.deleted'],
      [slot(diary, 5)]: ['event.updated'],
      [slot(diary, 7)]: ['event.updated'],
    };
    return prepared(diary, { told, effects: {} });
  },
};

/** Somebody deletes a series of more occurrences than the guard lets go one by one: it is one thing. */
const seriesDeleted: Scenario = {
  name: 'calendar-series-deleted',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { outlook } = diary;
    await outlook.create(whole(diary, 'Beside', 2));
    await outlook.remove(await withSeries(diary, 22));
    const days = Array.from({ length: 22 }, (_, index) => [slot(diary, index + 1), ['event.deleted']] as const);
    return prepared(diary, { told: { Series: ['event.deleted'], ...Object.fromEntries(days) }, effects: {} });
  },
};

/**
 * The window has rolled by two days: what lay in the first of them goes, and so do and come the occurrences of series, without a
 * word; what stays is as it was (P18).
 */
const windowRolled: Scenario = {
  name: 'calendar-window-rolled',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { outlook } = diary;
    await outlook.create(whole(diary, 'Old', -33));
    await outlook.create(whole(diary, 'Kept', 3));
    const long = (name: string, from: number): Fields => ({
      ...whole(diary, name, from),
      ...repeated(diary, from, { count: 12, interval: 56 }),
    });
    await outlook.create(long('Leaving', -33));
    await outlook.create(long('Coming', -27));
    const { connectionId } = diary.mailbox;
    // The same two days ago: what it asked for began and ended so much earlier.
    const earlier = rig.openApp(app.clock, {
      CALENDAR_WINDOW_PAST_DAYS: '32',
      CALENDAR_WINDOW_FUTURE_DAYS: '363',
    });
    await sync({ ...diary, app: { ...earlier, queues: app.queues } });
    const { records } = await readPartition(rig, connectionId, 'calendar');
    if (!records.some(({ fields }) => fields['location'] === 'Old')) throw new Error('the old event was not read');
    return prepared(diary, none);
  },
};

/** One of two calendars is taken out of the sync: one row, and its events go with it. */
const deselected: Scenario = {
  name: 'calendar-deselected',
  prepare: async (rig, app) => {
    const diary = await openDiary(rig, app);
    const { outlook, mailbox } = diary;
    const [other = ''] = await openCalendars(diary, ['Projects']);
    await outlook.create(whole(diary, 'Kept', 3));
    await outlook.create(whole(diary, 'Project', 3), other);
    await outlook.create(daily(diary, 'Series', 1, 6), other);
    await sync(diary);
    const path = `/api/connections/${mailbox.connectionId}/calendars/${encodeURIComponent(other)}`;
    const told = { 'sync.stream_removed': ['sync.stream_removed'] };
    return prepared(diary, { told, effects: {} }, { method: 'DELETE', path });
  },
};

/** Calendars both ways. */
export const calendarScenarios: readonly Scenario[] = [
  firstSync,
  delta,
  seriesEdited,
  occurrencesEdited,
  seriesDeleted,
  windowRolled,
  deselected,
  ...eventScenarios,
];
