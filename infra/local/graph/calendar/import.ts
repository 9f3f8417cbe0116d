import { z } from 'zod';
import { GraphError } from '../http.ts';
import type { Origin } from '../model.ts';
import { NOT_RESPONDED } from './actor.ts';
import { completeParts } from './defaults.ts';
import { eventId } from './ids.ts';
import { importedInput } from './import-input.ts';
import type { ImportedInput } from './import-input.ts';
import { instantsOf, isDayOf } from './instances.ts';
import type { Calendar, Exception, Series, Times, ZonedTime } from './model.ts';
import { checkTimes, planSeries } from './scheduling.ts';
import type { CalendarStore } from './store.ts';
import { dayOfWall } from './time/civil.ts';
import type { Day } from './time/civil.ts';
import { wallIn } from './time/zones.ts';
import type { CalendarWorld } from './world.ts';

/** An event out of somebody's file, as `POST /control/import` takes it. */
export const eventFile = z.strictObject({
  name: z.string().min(1),
  event: z.record(z.string(), z.unknown()),
  /** The calendar of the last name, made if there is none; none = the own one. */
  folder: z.array(z.string().min(1).max(255)).optional(),
});
export type EventFile = z.output<typeof eventFile>;

/** Puts an event of a file into a calendar; nobody is invited by that. What cannot be taken is refused with the reason. */
export function importEvent(
  world: CalendarWorld,
  store: CalendarStore,
  file: EventFile,
  origin: Origin,
): { name: string; id: string } | { name: string; reason: string } {
  const { name } = file;
  try {
    const planned = plan(world, store, importedInput(file.event, store.zone));
    if (typeof planned === 'string') return { name, reason: planned };
    const calendar = calendarFor(store, file.folder?.at(-1));
    const event = store.create(calendar, planned, { origin, fields: [] });
    return { name, id: eventId(store.mailbox, { calendar, event }, 'immutable') };
  } catch (error) {
    if (error instanceof GraphError) return { name, reason: `Exchange would refuse it: ${error.message}` };
    throw error;
  }
}

function calendarFor(store: CalendarStore, name: string | undefined): Calendar {
  if (name === undefined) return store.main;
  const known = store.calendars().find((one) => one.name.toLowerCase() === name.toLowerCase());
  return known ?? store.addCalendar({ name });
}

type Planned = Parameters<CalendarStore['create']>[1];

function plan(world: CalendarWorld, store: CalendarStore, input: ImportedInput): Planned | string {
  const { patch, organizer } = input;
  if (patch.start === undefined || patch.end === undefined) return 'It has no time.';
  const given = { start: patch.start, end: patch.end };
  const { startMs, endMs } = instantsOf(given);
  if (endMs < startMs) return 'It ends before it begins.';
  checkTimes(given, patch.parts.isAllDay ?? false);
  const { displayName: name, userPrincipalName: address } = store.mailbox.owner;
  const own = organizer === undefined || organizer.emailAddress.address.toLowerCase() === address.toLowerCase();
  const parts = completeParts({ ...(own ? {} : { answer: NOT_RESPONDED }), ...patch.parts });
  const base = {
    parts,
    organizer: own ? { emailAddress: { name, address } } : organizer,
    isOrganizer: own,
    iCalUId: input.iCalUId,
  };
  if (patch.rule === undefined || patch.rule === null) return { ...base, times: given, series: undefined };
  const { series, times } = planSeries(patch.rule, given);
  if (instantsOf(times).startMs !== startMs) return 'Its start is none of the times that its rule gives.';
  const changed = withChanges(world, { series, times }, input);
  return typeof changed === 'string' ? changed : { ...base, times, series: changed };
}

function withChanges(
  world: CalendarWorld,
  { series, times }: { series: Series; times: Times },
  input: ImportedInput,
): Series | string {
  const dayOf = (time: ZonedTime): Day =>
    dayOfWall(wallIn(series.zone, instantsOf({ start: time, end: time }).startMs));
  for (const time of input.cancelled) series.cancelled.add(dayOf(time));
  for (const { originalStart, patch } of input.exceptions) {
    const day = dayOf(originalStart);
    if (!isDayOf(series, day)) return 'A change of it is for a time at which it has no occurrence.';
    if (patch.parts.isCancelled === true) {
      series.cancelled.add(day);
      continue;
    }
    const { start = times.start, end = times.end } = patch;
    checkTimes({ start, end }, patch.parts.isAllDay ?? false);
    const now = world.tenant.clock.ms();
    const exception: Exception = {
      ...{ parts: patch.parts, times: { start, end }, createdMs: now, modifiedMs: now, version: 0, variant: 0 },
    };
    series.exceptions.set(day, exception);
  }
  return series;
}
