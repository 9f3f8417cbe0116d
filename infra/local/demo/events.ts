import { z } from 'zod';
import {
  at,
  awaitPushed,
  compareEvents,
  day,
  listed,
  makeInOutlook,
  ofGraph,
  pathOf,
  removeHere,
  removeInOutlook,
  truthOf,
} from './both-calendars.ts';
import { call } from './client.ts';
import { apiEvent, type ApiEvent } from './compare-events.ts';
import type { Stage } from './stage.ts';
import { until } from './wait.ts';

/** Somebody who shares a calendar with the person of the stage. */
export interface CalendarStage extends Stage {
  /** Of the colleague, below the control address. */
  readonly colleague: string;
}

/** Calendars of others are polled: every five seconds here. */
const POLLED_MS = 10_000;

/** What an application sees of calendars: all events, changes on both sides, series, Teams links, calendars of others. */
export async function showEvents(stage: CalendarStage): Promise<void> {
  await compareEvents(stage, 'every event equals the tenant');
  await single(stage);
  await series(stage);
  await meeting(stage);
  await colleague(stage);
  await calendarProgram(stage);
  await compareEvents(stage, 'in the end every event still equals the tenant');
}

async function single(stage: CalendarStage): Promise<void> {
  const { api, feed, report } = stage;
  const event = { subject: 'Lunch with Grace', start: at(3, '12:00'), end: at(3, '13:00') };
  const graphId = await makeInOutlook(stage, 'an event is made in Outlook', event);
  const lunch = await ofGraph(stage, graphId);
  const later = { start: at(3, '13:00'), end: at(3, '14:00') };
  await feed.timed(report, 'the application moves it by an hour', {
    act: async () => {
      await api.request(apiEvent, `${pathOf(stage)}/${lunch.id}`, { method: 'PATCH', body: later });
      return graphId;
    },
    type: 'event.updated',
  });
  const before = timeOf(lunch);
  const moved = (start: string): boolean => Date.parse(`${start.slice(0, 19)}Z`) === before + 3_600_000;
  await awaitPushed(stage, 'the new time in the tenant', {
    id: lunch.id,
    there: (events) => events.some(({ id, start }) => id === graphId && moved(start.dateTime)),
  });
  await removeInOutlook(stage, 'it is deleted in Outlook', graphId);
}

/** Occurrences of a weekly series; the first is a week from today. */
const OCCURRENCES = 10;

function weekly(): object {
  const weekday = new Date(`${day(7)}T12:00:00Z`).toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });
  return {
    subject: 'Book club',
    ...{ start: at(7, '09:00'), end: at(7, '09:30') },
    recurrence: {
      pattern: { type: 'weekly', interval: 1, daysOfWeek: [weekday.toLowerCase()] },
      range: { type: 'numbered', startDate: day(7), numberOfOccurrences: OCCURRENCES },
    },
  };
}

async function series(stage: CalendarStage): Promise<void> {
  const { api, feed, report, control } = stage;
  const graphId = await makeInOutlook(stage, 'a weekly series is made in Outlook', weekly());
  const all = await until('the occurrences', async () => {
    const found = (await listed(stage)).filter(({ subject }) => subject === 'Book club');
    return found.length === OCCURRENCES ? found : null;
  });
  const [first, , third, fourth] = all;
  if (first === undefined || third === undefined || fourth === undefined) throw new Error('a series is too short');
  report.say('its occurrences are in the list, each with its title', `${all.length} events`, true);
  await feed.timed(report, 'one occurrence is moved in Outlook', {
    act: async () => {
      const body = { start: at(21, '15:00'), end: at(21, '15:30') };
      await call(z.unknown(), `${control}/events/${graphId}?date=${day(21)}`, { method: 'PATCH', body });
      return third.graphId ?? '';
    },
    type: 'event.updated',
  });
  await feed.timed(report, 'the application renames the series', {
    act: async () => {
      const body = { subject: 'Book club with cake' };
      await api.request(apiEvent, `${pathOf(stage)}/${first.seriesMasterId ?? ''}`, { method: 'PATCH', body });
      return graphId;
    },
    type: 'event.updated',
  });
  await awaitPushed(stage, 'the new name of all in the tenant', {
    id: first.seriesMasterId ?? '',
    there: (events) => events.filter(({ subject }) => subject === 'Book club with cake').length === OCCURRENCES,
  });
  await removeHere(stage, 'the application deletes one occurrence', fourth);
}

/** A Teams meeting of the application's: made, and called off. */
async function meeting(stage: CalendarStage): Promise<void> {
  const { api, report } = stage;
  const body = {
    subject: 'Launch review',
    ...{ start: at(5, '10:00'), end: at(5, '11:00') },
    attendees: [{ address: 'grace@navy.example', name: 'Grace Hopper' }],
    onlineMeeting: true,
  };
  const { id } = await api.request(apiEvent, pathOf(stage), { method: 'POST', body });
  const shown = await awaitPushed(stage, 'a Teams meeting of the application is in the tenant', {
    id,
    there: (events) =>
      events.some(({ subject, onlineMeeting }) => subject === body.subject && (onlineMeeting ?? null) !== null),
  });
  const link = shown.teams?.joinUrl ?? '';
  report.say('its link is known here', `${link.slice(0, 52)}...`, link.startsWith('https://teams.microsoft.com/'));
  await removeHere(stage, 'the application cancels it, and attendees are told', shown, '/cancel');
}

/** The colleague is told of nothing; we ask. */
async function colleague(stage: CalendarStage): Promise<void> {
  const body = { subject: 'Board dinner', start: at(4, '19:00'), end: at(4, '21:00') };
  const graphId = await stage.feed.timed(stage.report, 'a colleague has an event in a calendar that is shared', {
    act: async () => {
      await call(z.unknown(), `${stage.colleague}/events`, { method: 'POST', body });
      const { instances } = await truthOf(stage);
      return instances.find(({ subject }) => subject === body.subject)?.id ?? '';
    },
    type: 'event.created',
    limitMs: POLLED_MS,
  });
  const { calendarId } = await ofGraph(stage, graphId);
  const calendars = z.object({ items: z.array(z.object({ id: z.string(), delegateEmail: z.string().nullable() })) });
  const { items } = await stage.api.request(calendars, `/connections/${stage.connectionId}/calendars`);
  const owner = items.find(({ id }) => id === calendarId)?.delegateEmail ?? null;
  stage.report.say('it is listed with whose calendar it is', owner ?? 'nobody', owner !== null);
}

/** A calendar program subscribes; the application asks when somebody is free. */
async function calendarProgram(stage: CalendarStage): Promise<void> {
  const { api, connectionId, report } = stage;
  const made = z.object({ url: z.string() });
  const { url } = await api.request(made, `/connections/${connectionId}/calendar-feeds`, { method: 'POST', body: {} });
  const text = await (await fetch(url)).text();
  const events = text.match(/^BEGIN:VEVENT/gm)?.length ?? 0;
  report.say('a calendar program reads it by a secret address', `${events} events as .ics`, events > 0);
  const range = new URLSearchParams({ from: `${day(1)}T00:00:00Z`, to: `${day(8)}T00:00:00Z` }).toString();
  const free = z.object({ slots: z.array(z.object({ status: z.string() })) });
  const { slots } = await api.request(free, `/connections/${connectionId}/free-busy?${range}`);
  const busy = slots.filter(({ status }) => status === 'busy').length;
  const known = slots.every(({ status }) => status !== 'unknown');
  report.say('free/busy of the week ahead', `${busy} times busy, ${known ? 'nothing' : 'something'} unknown`, known);
}

const timeOf = ({ start }: ApiEvent): number =>
  start !== null && 'dateTime' in start ? Date.parse(start.dateTime) : Number.NaN;
