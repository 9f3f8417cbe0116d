import { afterAll, beforeAll, expect, it } from 'vitest';
import { changeConnection } from '../../shared/jobs/change-connection.ts';
import { ContractBench } from '../contract/bench.ts';
import { ofCalendar } from '../contract/of-calendar.ts';
import { OutlookCalendar, type TenantEvent } from '../support/convergence/events/outlook.ts';
import { eventTelling } from '../support/convergence/events/telling.ts';
import { calendarDifferences, shownEvents } from '../support/convergence/events/truth.ts';
import { FeedReader } from '../support/convergence/reader.ts';
import { daily, whole } from './plan/diary.ts';
import { atEachPage, brokenAtLast, evict, type Troubled } from './plan/page-trouble.ts';
import { startFaultRig, type FaultRig } from './plan/rig.ts';

const MOST_PAGES = 40;
const DAY_MS = 86_400_000;
const status = (code: number, more: object = {}) => ({ kind: 'status', status: code, ...more });

/** What ends a round: the link is dead, and all is compared. */
const resets = {
  gone: { kind: 'gone' },
  'gone with Location': { kind: 'gone', location: true },
  '410 resyncRequired': status(410, { code: 'resyncRequired' }),
};
/** What only delays it, or tells it otherwise. */
const others = {
  '400': status(400, { code: 'BadRequest' }),
  '404 syncStateNotFound': status(404, { code: 'syncStateNotFound' }),
  '403': status(403, { code: 'ErrorAccessDenied' }),
  '503': status(503),
  'an empty page': { kind: 'empty-page' },
  'the page again': { kind: 'repeat-page' },
  'each item twice': { kind: 'duplicate-items' },
  'items in another order': { kind: 'reorder-items' },
  'entries in part': { kind: 'thin-items' },
};

let rig: FaultRig;
let bench: ContractBench;
let outlook: OutlookCalendar;
let reader: FeedReader;
let [main, other] = ['', ''];
const series: string[] = [];
let troubled: Troubled;
let names = 0;
beforeAll(async () => {
  rig = await startFaultRig({ SYNC_PAGE_SIZE: '5' });
  await rig.control('PATCH', '/settings', { throttle: { per10min: null } });
  bench = await ContractBench.start(rig, ofCalendar);
  const { upn, connectionId } = bench.mailbox;
  outlook = new OutlookCalendar((method, path, body) => rig.user(upn, method, path, body));
  other = await outlook.makeCalendar('Another');
  main = (await outlook.snapshot('2026-01-01/2026-01-02')).calendars.find(({ isDefault }) => isDefault)?.id ?? '';
  await changeConnection(bench.app, connectionId, (found) => ({
    ...found,
    settings: { ...found.settings, calendar: { calendarIds: [main, other] } },
  }));
  for (const calendar of [main, other])
    for (let n = 0; n < 5; n++) await outlook.create(whole({ day }, `Event ${++names}`, 95 + n), calendar);
  await bench.poll();
  await bench.poll();
  const partition = await bench.partition();
  reader = new FeedReader(shownEvents(partition), partition.head.lastSeq, eventTelling());
  troubled = {
    ...{ rig, bench, reader },
    differences: async (held) => [
      ...(await calendarDifferences(outlook, held)),
      ...reader.differences(shownEvents(held)),
    ],
  };
});
afterAll(() => rig.close());

/** So many days from today, far enough ahead that it stays in the window, however often the clock is moved. */
const day = (days: number, time = '09:00:00'): string =>
  `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)}T${time}`;

const byId = (a: TenantEvent, b: TenantEvent): number => (a.id < b.id ? -1 : 1);

/** Something happens to events of both calendars: some come, some change, some move, some go; of series, as a whole and in part. */
async function changes(): Promise<void> {
  const { events } = await outlook.snapshot('2026-01-01/2026-01-02');
  const singles = events.filter(({ type }) => type === 'singleInstance').toSorted(byId);
  const [here, there] = [main, other].map((id) => singles.filter(({ calendarId }) => calendarId === id));
  const [moved, changed, gone] = here ?? [];
  const [back, second, left] = there ?? [];
  if (moved !== undefined) await outlook.move(moved.id, other);
  if (back !== undefined) await outlook.move(back.id, main);
  for (const one of [changed, second])
    if (one !== undefined) await outlook.patch(one.id, { subject: `Subject ${++names}` });
  for (const one of [gone, left]) if (one !== undefined) await outlook.remove(one.id);
  for (const calendar of [main, other]) await outlook.create(whole({ day }, `Event ${++names}`, 97), calendar);
  await changeSeries();
}

async function changeSeries(): Promise<void> {
  series.push(
    await outlook.create(daily({ day }, `Series ${++names}`, 100, 3), series.length % 2 === 0 ? main : other),
  );
  const [oldest, older] = [series.at(-3), series.at(-2)];
  if (older !== undefined) {
    await outlook.patch(older, { subject: `Subject ${++names}` });
    await outlook.patch(older, { subject: `For once ${++names}` }, day(100));
    await outlook.remove(older, day(101));
  }
  if (oldest !== undefined) await outlook.remove(oldest);
}

it.each(Object.entries({ ...resets, ...others }))(
  'P5 P6 P7 %s at each page of a round of changes ends in the same events, each change told once',
  async (_, action) => {
    expect(await atEachPage(troubled, { action, prepare: changes, most: MOST_PAGES })).toBeGreaterThan(3);
  },
  120_000,
);

it.each([resets.gone, resets['410 resyncRequired']].map((action) => [action.kind, action] as const))(
  'P5 P18 %s at each page of a round that compares all ends in the same events, and tells nothing',
  async (_, action) => {
    const told = reader.rows.length;
    expect(await atEachPage(troubled, { action, prepare: () => evict(troubled), most: MOST_PAGES })).toBeGreaterThan(5);
    expect(reader.rows.length).toBe(told);
  },
  120_000,
);

it.each(Object.entries({ ...others, gone: resets.gone }))(
  'P7 the list of calendars that comes with %s takes nothing away',
  async (_, action) => {
    const told = reader.rows.length;
    await atEachPage(troubled, {
      ...{ action, path: '/calendars\\?', most: MOST_PAGES },
      prepare: () => Promise.resolve(),
    });
    expect(reader.rows.length).toBe(told);
  },
  120_000,
);

it('P1 the feed of all of it has no gap, and each record its rows', async () => {
  expect(await brokenAtLast(troubled)).toEqual([]);
});
