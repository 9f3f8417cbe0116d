import { parameterOf, propertiesOf, propertyOf, textOf } from './jcal.ts';
import type { Component, Property } from './jcal.ts';
import { Refusal } from './refusal.ts';
import { recurrenceOf } from './rule.ts';
import { durationMs, wallOf, whenOf, zoned } from './when.ts';
import type { When } from './when.ts';
import { zoneOf } from './zone.ts';
import type { NamedZone } from './zone.ts';

type Members = Record<string, unknown>;

/** An event with what its series had changed, in the words of the tenant's control. @throws Refusal */
export function eventOf(master: Component, overrides: readonly Component[], calendar: Component): Members {
  const { members, when } = plainEvent(master, calendar);
  const recurrence = recurrenceOf(master, when.start);
  const slots = { calendar, zone: when.startZone };
  if (recurrence === undefined && overrides.length > 0)
    throw new Refusal('Occurrences of it are changed, but it has no rule.');
  return {
    ...members,
    iCalUId: textOf(master, 'uid') || undefined,
    recurrence,
    cancelled: propertiesOf(master, 'exdate').flatMap((property) =>
      property.values.map((_, nth) => slotOf(property, slots, nth)),
    ),
    exceptions: overrides.map((one) => overrideOf(one, slots)),
  };
}

/** Where occurrences are named: `zone` = that of their series. */
interface Slots {
  readonly calendar: Component;
  readonly zone: NamedZone | undefined;
}

/** Which occurrence is meant: the time that the series had for it, on the series' own clock where no other is named. */
function slotOf(property: Property, { calendar, zone }: Slots, nth = 0): Members {
  const named = property.type === 'date' ? undefined : zoneOf(property, calendar);
  return zoned(wallOf(property, nth), named ?? zone);
}

function overrideOf(event: Component, slots: Slots): Members {
  const id = propertyOf(event, 'recurrence-id');
  if (id === undefined) throw new Refusal('A change of it names no occurrence.');
  if (parameterOf(id, 'range') !== '')
    throw new Refusal('A change of it is for all that follow (RANGE=THISANDFUTURE).');
  return { originalStart: slotOf(id, slots), ...plainEvent(event, slots.calendar).members };
}

function plainEvent(event: Component, calendar: Component): { members: Members; when: When } {
  const when = whenOf(event, calendar);
  if (when.end < when.start && when.startZone?.name === when.endZone?.name)
    throw new Refusal('It ends before it begins.');
  const rules = when.startZone?.rules ?? when.endZone?.rules;
  const members = {
    subject: textOf(event, 'summary'),
    body: { contentType: 'text', content: textOf(event, 'description') },
    start: zoned(when.start, when.startZone),
    end: zoned(when.end, when.endZone),
    isAllDay: when.isAllDay,
    location: { displayName: textOf(event, 'location') },
    categories: propertiesOf(event, 'categories').flatMap((one) => one.values.map(String)),
    ...standing(event),
    ...people(event),
    ...reminder(event),
    ...(rules === undefined ? {} : { customZone: rules }),
  };
  return { members, when };
}

const SENSITIVITY: Readonly<Record<string, string>> = { PRIVATE: 'private', CONFIDENTIAL: 'confidential' };

function standing(event: Component): Members {
  const status = textOf(event, 'status').toUpperCase();
  const free = textOf(event, 'transp').toUpperCase() === 'TRANSPARENT';
  const priority = Number(propertyOf(event, 'priority')?.values[0] ?? 0);
  return {
    isCancelled: status === 'CANCELLED',
    showAs: free || status === 'CANCELLED' ? 'free' : status === 'TENTATIVE' ? 'tentative' : 'busy',
    sensitivity: SENSITIVITY[textOf(event, 'class').toUpperCase()] ?? 'normal',
    importance: priority >= 1 && priority <= 4 ? 'high' : priority >= 6 ? 'low' : 'normal',
  };
}

const ANSWERS: Readonly<Record<string, string>> = {
  ACCEPTED: 'accepted',
  DECLINED: 'declined',
  TENTATIVE: 'tentativelyAccepted',
};

function people(event: Component): Members {
  const organizer = propertyOf(event, 'organizer');
  const address = organizer === undefined ? '' : addressOf(organizer);
  return {
    ...(organizer === undefined || address === '' ? {} : { organizer: { address, name: nameOf(organizer, address) } }),
    attendees: propertiesOf(event, 'attendee').flatMap((one) => attendeeOf(one) ?? []),
  };
}

function attendeeOf(property: Property): Members | undefined {
  const address = addressOf(property);
  if (address === '') return undefined;
  const resource = /^(room|resource)$/i.test(parameterOf(property, 'cutype'));
  const optional = /^(opt|non)-participant$/i.test(parameterOf(property, 'role'));
  return {
    type: resource ? 'resource' : optional ? 'optional' : 'required',
    emailAddress: { address, name: nameOf(property, address) },
    response: ANSWERS[parameterOf(property, 'partstat').toUpperCase()] ?? 'none',
  };
}

function addressOf({ values: [value] }: Property): string {
  return typeof value === 'string' ? value.replace(/^mailto:/i, '').trim() : '';
}

const nameOf = (property: Property, address: string): string => parameterOf(property, 'cn') || address;

/** The first alarm before the start. */
function reminder(event: Component): Members {
  const lengths = event.components
    .filter((one) => one.name === 'valarm')
    .map((one) => propertyOf(one, 'trigger'))
    .flatMap((one) => (one?.type === 'duration' ? [String(one.values[0])] : []));
  const minutes = lengths.map((text) => Math.round(-durationMs(text) / 60_000)).find((one) => one >= 0);
  return { isReminderOn: minutes !== undefined, reminderMinutesBeforeStart: minutes ?? 0 };
}
