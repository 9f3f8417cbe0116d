import ICAL from 'ical.js';
import { Temporal } from 'temporal-polyfill';

/** An instance as a calendar program shows it: `begin end summary`; instants in UTC, or days. */
export type Instance = string;

/** All instances of a feed that begin in a range, as ical.js expands them with the time zones that the feed itself brings. */
export function icsInstances(text: string, range: { readonly from: string; readonly to: string }): Instance[] {
  const calendar = ICAL.Component.fromString(text);
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  const components = calendar.getAllSubcomponents('vevent');
  const isException = (one: ICAL.Component): boolean => one.hasProperty('recurrence-id');
  const uidOf = (one: ICAL.Component): string => String(one.getFirstPropertyValue('uid'));
  const heads = components.filter((one) => !isException(one));
  const uids = heads.map(uidOf);
  if (new Set(uids).size < uids.length) throw new Error('two events have one UID');
  for (const one of components.filter(isException))
    if (!uids.includes(uidOf(one))) throw new Error('an exception has no series');
  const shown = heads.flatMap((head) => {
    const exceptions = components.filter((one) => isException(one) && uidOf(one) === uidOf(head));
    return instancesOf(new ICAL.Event(head, { exceptions: [] }), exceptions, range.to);
  });
  return shown.filter((one) => one >= range.from && one < range.to).toSorted();
}

function instancesOf(event: ICAL.Event, exceptions: readonly ICAL.Component[], to: string): Instance[] {
  if (!event.isRecurring()) return [textOf(event, event.startDate, event.endDate)];
  const changed = new Map(
    exceptions.map((one) => [String(one.getFirstPropertyValue('recurrence-id')), new ICAL.Event(one)]),
  );
  const found: Instance[] = [];
  const slots = event.iterator();
  // Undefined at the end, whatever its type says.
  const next = (): ICAL.Time | undefined => slots.next();
  for (let slot = next(); slot !== undefined && timeText(slot) < to; slot = next()) {
    const other = changed.get(slot.toString());
    found.push(other === undefined ? broughtText(event, slot) : textOf(other, other.startDate, other.endDate));
    changed.delete(slot.toString());
  }
  const left = [...changed.values()].filter(({ recurrenceId }) => timeText(recurrenceId) < to);
  if (left.length > 0) throw new Error(`no slot for ${left.map(({ recurrenceId }) => String(recurrenceId)).join()}`);
  return found;
}

const textOf = ({ summary }: ICAL.Event, start: ICAL.Time, end: ICAL.Time): Instance =>
  `${timeText(start)} ${timeText(end)} ${summary}`;

/** An occurrence that the rule brings: it lasts as long as the first one, whatever the clock says. */
function broughtText(event: ICAL.Event, slot: ICAL.Time): Instance {
  const end = slot.clone();
  end.addDuration(event.duration);
  if (slot.isDate) return textOf(event, slot, end);
  const endsAt = instantOf(slot) + event.duration.toSeconds() * 1000;
  return `${timeText(slot)} ${instantText(endsAt)} ${event.summary}`;
}

const instantText = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

function timeText(time: ICAL.Time): string {
  if (time.isDate) return time.toString();
  if (time.zone === ICAL.Timezone.localTimezone) throw new Error(`${time.toString()} is on nobody's clock`);
  return instantText(instantOf(time));
}

/**
 * What ical.js reads by the feed's own time zone, but within hours of a change of the clock, where it does not do as RFC 5545 says:
 * there a time that the clock skips is meant by the clock as it was before, and one that it shows twice is the first.
 */
function instantOf(time: ICAL.Time): number {
  const read = time.toUnixTime() * 1000;
  const { tzid } = time.zone;
  if (tzid === 'UTC') return read;
  const { year, month, day, hour, minute, second } = time;
  const meant = Temporal.ZonedDateTime.from({ year, month, day, hour, minute, second, timeZone: tzid });
  const changes = meant.subtract({ hours: 3 }).offset !== meant.add({ hours: 3 }).offset;
  return changes ? meant.epochMilliseconds : read;
}
