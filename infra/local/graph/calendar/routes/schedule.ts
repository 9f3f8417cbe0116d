import { z } from 'zod';
import { accessDenied, invalidRequest } from '../../errors.ts';
import type { GraphRoutes, MailboxContext, Reply } from '../../http.ts';
import { jsonBody } from '../../routes/message-input.ts';
import { invalidParameter, undeserializable } from '../errors.ts';
import { readTime, zonedTime } from '../input.ts';
import { instancesIn, instantsOf } from '../instances.ts';
import type { Instance, Window } from '../instances.ts';
import { roleFor, seenWith, sightOf } from '../sight.ts';
import type { Sight } from '../sight.ts';
import type { CalendarStore } from '../store.ts';
import { DAY_MS, wallText } from '../time/civil.ts';
import { wallIn } from '../time/zones.ts';
import { calendarNeeds } from './needs.ts';
import { placeOf, storeIn, viewOf } from './place.ts';

const MOST_ADDRESSES = 20;
const MOST_DAYS = 62;
const MOST_ENTRIES = 1000;
const SLOT = { least: 5, most: 1440, usual: 30 };

const scheduleBody = z.object({
  schedules: z.array(z.string()),
  startTime: zonedTime,
  endTime: zonedTime,
  availabilityViewInterval: z.number().int().nullish(),
});

/** The digit of a status in `availabilityView`, and which one wins where two meet. */
const DIGITS: Readonly<Record<string, { digit: string; weight: number }>> = {
  free: { digit: '0', weight: 0 },
  workingElsewhere: { digit: '4', weight: 1 },
  tentative: { digit: '1', weight: 2 },
  busy: { digit: '2', weight: 3 },
  oof: { digit: '3', weight: 4 },
};

/** `getSchedule`: free and busy of up to 20 addresses. What cannot be told of one is said in its own entry. */
export function mountSchedule(graph: GraphRoutes): void {
  for (const path of ['/calendar/getSchedule', '/calendars/{calendar}/getSchedule']) {
    graph.onMailbox('POST', path, calendarNeeds.read, getSchedule);
  }
}

function getSchedule(context: MailboxContext): Reply {
  if (context.user.kind === 'personal') throw accessDenied();
  const json = Object.entries(jsonBody(context.req)).map(([name, value]) => [
    name.slice(0, 1).toLowerCase() + name.slice(1),
    value,
  ]);
  const parsed = scheduleBody.safeParse(Object.fromEntries(json));
  if (!parsed.success) throw undeserializable(parsed.error.issues[0]?.path.join('/') ?? 'the body');
  const { schedules, startTime, endTime } = parsed.data;
  const { startMs, endMs } = instantsOf({ start: readTime(startTime), end: readTime(endTime) });
  const interval = parsed.data.availabilityViewInterval ?? SLOT.usual;
  if (schedules.length === 0 || schedules.length > MOST_ADDRESSES) {
    throw invalidRequest(`The number of schedules must be between 1 and ${MOST_ADDRESSES}.`);
  }
  if (endMs <= startMs || endMs - startMs >= MOST_DAYS * DAY_MS) {
    throw invalidParameter(`The requested time duration specified for FreeBusyViewOptions.TimeWindow is not valid.`);
  }
  if (interval < SLOT.least || interval > SLOT.most)
    throw invalidParameter('AvailabilityViewInterval is out of range.');
  const window = { fromMs: startMs, toMs: endMs };
  const value = schedules.map((address) => scheduleOf(context, address, { window, interval }));
  const type = 'Collection(microsoft.graph.scheduleInformation)';
  return { status: 200, body: { '@odata.context': `${context.req.origin}/v1.0/$metadata#${type}`, value } };
}

function scheduleOf(
  context: MailboxContext,
  address: string,
  { window, interval }: { window: Window; interval: number },
): Record<string, unknown> {
  const { world, viewer } = placeOf(context);
  const user = world.tenant.user(address);
  if (user === undefined) {
    return failure(
      address,
      'ErrorMailRecipientNotFound',
      `Unable to resolve e-mail address ${address} to an Active Directory object.`,
    );
  }
  if (user.mailbox !== 'ok') return failure(address, 'ErrorNoFreeBusyAccess', 'The mailbox cannot be read.');
  const home = world.of(user);
  const sight = sightFor(viewer, home);
  if (sight === 'nothing') return failure(address, 'ErrorNoFreeBusyAccess', 'No free/busy access.');
  const all = home
    .eventsOf(home.main)
    .flatMap((event) => instancesIn(event, window))
    .sort((left, right) => left.startMs - right.startMs);
  if (all.length > MOST_ENTRIES) return failure(address, '5006', 'The result set contains too many calendar entries.');
  return {
    scheduleId: address,
    availabilityView: digitsOf(all, window, interval),
    scheduleItems: all.map((instance) => itemOf(context, instance, sight)),
    workingHours: {
      daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
      startTime: '08:00:00.0000000',
      endTime: '17:00:00.0000000',
      timeZone: { name: home.zone.name },
    },
  };
}

function sightFor(viewer: CalendarStore, home: CalendarStore): Sight {
  const role = roleFor(viewer, home, home.main);
  return role === undefined ? 'all' : sightOf(role);
}

function failure(scheduleId: string, responseCode: string, message: string): Record<string, unknown> {
  return { scheduleId, availabilityView: '', scheduleItems: [], error: { message, responseCode } };
}

function digitsOf(all: readonly Instance[], { fromMs, toMs }: Window, interval: number): string {
  const step = interval * 60_000;
  const digits: string[] = [];
  for (let from = fromMs; from < toMs; from += step) {
    const within = all.filter((one) => one.startMs < from + step && one.endMs > from);
    const shown = within.map((one) => DIGITS[one.parts.showAs] ?? { digit: '2', weight: 3 });
    digits.push(shown.toSorted((a, b) => b.weight - a.weight)[0]?.digit ?? '0');
  }
  return digits.join('');
}

function itemOf(context: MailboxContext, instance: Instance, sight: Sight): Record<string, unknown> {
  const zone = viewOf(context, { ...placeOf(context), calendar: storeIn(context).main }).zone;
  const time = (ms: number) => ({
    dateTime: wallText(zone === undefined ? ms : wallIn(zone.zone, ms)),
    timeZone: zone?.label ?? 'UTC',
  });
  const item = { status: instance.parts.showAs, start: time(instance.startMs), end: time(instance.endMs) };
  if (sight === 'freeBusy') return item;
  const isPrivate = instance.parts.sensitivity === 'private';
  const { subject, places } = seenWith(instance, sight).parts;
  return { ...item, isPrivate, subject, location: places[0]?.displayName ?? '' };
}
