import { z } from 'zod';
import { call } from './client.ts';
import {
  apiEvent,
  dayOf,
  eventDifferences,
  truthCalendars,
  type ApiEvent,
  type TruthCalendars,
} from './compare-events.ts';
import type { Stage } from './stage.ts';
import { until } from './wait.ts';

const DAY_MS = 86_400_000;
/** Days from one to another, counted from today. */
interface Days {
  readonly from: number;
  readonly to: number;
}

/** What is compared: well within the window that is synced. */
const COMPARED: Days = { from: -20, to: 300 };
/** Where the events of the demo are. */
const NEAR: Days = { from: -1, to: 90 };
/** After this time both sides must be equal. */
const SETTLE_MS = 15_000;

/** `2026-03-02`: so many days from today, in UTC. */
export const day = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

/** `{dateTime, timeZone}` on the wall clock of the demo's person, so many days from today. */
export const at = (days: number, time: string): { readonly dateTime: string; readonly timeZone: string } => ({
  dateTime: `${day(days)}T${time}:00`,
  timeZone: 'W. Europe Standard Time',
});

export const pathOf = ({ connectionId }: Stage): string => `/connections/${connectionId}/events`;

/** A day more at both ends: what begins at an edge is in by one clock, and out by another. */
const rangeOf = ({ from, to }: Days): string =>
  new URLSearchParams({ from: `${day(from - 1)}T00:00:00Z`, to: `${day(to + 1)}T00:00:00Z` }).toString();

const within =
  ({ from, to }: Days) =>
  (event: Parameters<typeof dayOf>[0]): boolean =>
    dayOf(event) >= day(from) && dayOf(event) < day(to);

/** What the tenant holds, of the next weeks unless told. */
export async function truthOf({ control }: Pick<Stage, 'control'>, days = NEAR): Promise<TruthCalendars> {
  const { calendars, instances } = await call(truthCalendars, `${control}/events?${rangeOf(days)}`);
  return { calendars, instances: instances.filter(within(days)) };
}

/** What the API lists, by start; of the next weeks unless told. */
export async function listed(stage: Stage, days = NEAR): Promise<ApiEvent[]> {
  return (await stage.api.all(apiEvent, `${pathOf(stage)}?${rangeOf(days)}`)).filter(within(days));
}

export const read = (stage: Stage, id: string): Promise<ApiEvent> =>
  stage.api.request(apiEvent, `${pathOf(stage)}/${id}`);

const made = z.array(z.object({ id: z.string() }));

/** Makes an event in Outlook, and tells when the feed said so; answers its Graph id. */
export function makeInOutlook(stage: Stage, what: string, event: object): Promise<string> {
  const act = async (): Promise<string> =>
    made.parse(await call(z.unknown(), `${stage.control}/events`, { method: 'POST', body: event }))[0]?.id ?? '';
  return stage.feed.timed(stage.report, what, { act, type: 'event.created' });
}

/** Waits until the tenant shows what the application wrote, and the application is told so. */
export async function awaitPushed(
  stage: Stage,
  what: string,
  { id, there }: { readonly id: string; readonly there: (truth: TruthCalendars['instances']) => boolean },
): Promise<ApiEvent> {
  const start = performance.now();
  await until(what, async () => there((await truthOf(stage)).instances));
  const took = Math.round(performance.now() - start);
  const shown = await until(`${what}, told as done`, async () => {
    const now = await read(stage, id);
    return now.pushed === 'done' && now.graphId !== null ? now : null;
  });
  stage.report.say(what, `${shown.subject ?? ''} after ${took} ms`, true);
  return shown;
}

/** Compares both sides event by event; what somebody has just done may still be on its way. */
export async function compareEvents(stage: Stage, what: string): Promise<void> {
  const end = performance.now() + SETTLE_MS;
  let result = await differences(stage);
  while (result.found.length > 0 && performance.now() < end) result = await differences(stage);
  const { found, truth, ours } = result;
  const series = new Set(ours.flatMap(({ seriesMasterId }) => seriesMasterId ?? [])).size;
  const told = `${ours.length} events, ${series} series, ${truth.calendars.length} calendars`;
  const right = found.length === 0 && ours.length > 0;
  stage.report.say(what, right ? told : `${told}; ${found.slice(0, 3).join('; ')}`, right);
}

async function differences(
  stage: Stage,
): Promise<{ readonly found: string[]; readonly truth: TruthCalendars; readonly ours: ApiEvent[] }> {
  const truth = await truthOf(stage, COMPARED);
  const ours = await listed(stage, COMPARED);
  return { found: eventDifferences(truth, ours), truth, ours };
}

/** The event of a Graph id, once it is in the list. */
export const ofGraph = (stage: Stage, graphId: string): Promise<ApiEvent> =>
  until('the event in the list', async () => (await listed(stage)).find((event) => event.graphId === graphId));

/** Deletes an event in Outlook, and tells when the feed said so. */
export async function removeInOutlook({ feed, report, control }: Stage, what: string, graphId: string): Promise<void> {
  const act = async (): Promise<string> => {
    await call(z.unknown(), `${control}/events/${graphId}`, { method: 'DELETE' });
    return graphId;
  };
  await feed.timed(report, what, { act, type: 'event.deleted' });
}

/** Deletes an event by the API, or cancels it; waits until it is gone in the tenant. */
export async function removeHere(stage: Stage, what: string, { id, graphId }: ApiEvent, suffix = ''): Promise<void> {
  const method = suffix === '' ? 'DELETE' : 'POST';
  const act = async (): Promise<string> => {
    await stage.api.request(z.null(), `${pathOf(stage)}/${id}${suffix}`, { method });
    return graphId ?? '';
  };
  await stage.feed.timed(stage.report, what, { act, type: 'event.deleted' });
  await until(
    `${what}, in the tenant`,
    async () => !(await truthOf(stage)).instances.some((one) => one.id === graphId),
  );
}
