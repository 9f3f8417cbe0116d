import { z } from 'zod';
import { invalidRequest } from '../errors.ts';
import type { ItemBody } from '../model.ts';
import { failedValidation, undeserializable, zoneNotSupported } from './errors.ts';
import { readRule, wordOf } from './input-rule.ts';
import type { RuleDraft } from './input-rule.ts';
import type { Attendee, EventParts, Place, ZonedTime } from './model.ts';
import { parseDateTime } from './time/civil.ts';
import { findZone, wallIn } from './time/zones.ts';

export const IMPORTANCE = ['low', 'normal', 'high'] as const;
export const SENSITIVITY = ['normal', 'personal', 'private', 'confidential'] as const;
export const SHOW_AS = ['free', 'tentative', 'busy', 'oof', 'workingElsewhere', 'unknown'] as const;
export const PROVIDERS = ['unknown', 'teamsForBusiness', 'skypeForBusiness', 'skypeForConsumer'] as const;
const ATTENDEE_TYPES = ['required', 'optional', 'resource'] as const;
const LOCATION_TYPES = [
  'default',
  'conferenceRoom',
  'homeAddress',
  'businessAddress',
  'geoCoordinates',
  'streetAddress',
  'hotel',
  'restaurant',
  'localBusiness',
  'postalAddress',
] as const;
const MOST_ATTENDEES = 500;

export const zonedTime = z.object({ dateTime: z.string(), timeZone: z.string().nullish() });
const place = z.object({
  displayName: z.string().nullish(),
  locationType: wordOf(LOCATION_TYPES).nullish(),
  locationEmailAddress: z.string().nullish(),
  locationUri: z.string().nullish(),
  address: z.record(z.string(), z.unknown()).nullish(),
  coordinates: z.record(z.string(), z.unknown()).nullish(),
});
const attendee = z.object({
  type: wordOf(ATTENDEE_TYPES).nullish(),
  emailAddress: z.object({ name: z.string().nullish(), address: z.string().min(1) }),
});

/** The writable members of an event. */
const eventBody = z.object({
  subject: z.string().nullish(),
  body: z.object({ contentType: wordOf(['html', 'text'] as const).nullish(), content: z.string().nullish() }).nullish(),
  start: zonedTime.optional(),
  end: zonedTime.optional(),
  isAllDay: z.boolean().nullish(),
  location: place.nullish(),
  locations: z.array(place).nullish(),
  attendees: z.array(attendee).nullish(),
  importance: wordOf(IMPORTANCE).nullish(),
  sensitivity: wordOf(SENSITIVITY).nullish(),
  showAs: wordOf(SHOW_AS).nullish(),
  categories: z.array(z.string()).nullish(),
  isReminderOn: z.boolean().nullish(),
  reminderMinutesBeforeStart: z.number().int().nullish(),
  responseRequested: z.boolean().nullish(),
  allowNewTimeProposals: z.boolean().nullish(),
  hideAttendees: z.boolean().nullish(),
  isOnlineMeeting: z.boolean().nullish(),
  onlineMeetingProvider: wordOf(PROVIDERS).nullish(),
  recurrence: z.unknown().optional(),
  transactionId: z.string().nullish(),
  singleValueExtendedProperties: z.array(z.object({ id: z.string(), value: z.string() })).optional(),
});
type Body = z.infer<typeof eventBody>;

const WRITABLE = new Set(Object.keys(eventBody.shape));
/** Computed by the service; what a client writes there is dropped. */
const IGNORED = new Set([
  ...['id', 'changeKey', 'createdDateTime', 'lastModifiedDateTime', 'iCalUId', 'isOrganizer', 'organizer'],
  ...['responseStatus', 'type', 'webLink', 'seriesMasterId', 'onlineMeeting', 'onlineMeetingUrl', 'bodyPreview'],
  ...['hasAttachments', 'isCancelled', 'isDraft', 'originalStart', 'originalStartTimeZone', 'originalEndTimeZone'],
  ...['attachments', 'extensions', 'multiValueExtendedProperties', 'uid', 'occurrenceId'],
]);

/** What a write asks for; what it does not name is not in it. */
export interface EventPatch {
  parts: Partial<EventParts>;
  start: ZonedTime | undefined;
  end: ZonedTime | undefined;
  /** null = it is to be single. */
  rule: RuleDraft | null | undefined;
  transactionId: string | undefined;
  /** It is to become an online meeting. */
  online: boolean;
}

/** Reads the body of a POST or PATCH. `zones`: where names of time zones are looked up. @throws GraphError 400 */
export function readEvent(json: Record<string, unknown>, zones = findZone): EventPatch {
  for (const name of Object.keys(json)) {
    if (name.includes('@') || WRITABLE.has(name) || IGNORED.has(name)) continue;
    throw invalidRequest(`The property '${name}' does not exist on type 'microsoft.graph.event'.`);
  }
  const parsed = eventBody.safeParse(json);
  if (!parsed.success) throw undeserializable(parsed.error.issues[0]?.path.join('/') ?? 'the body');
  const body = parsed.data;
  return {
    parts: partsOf(body),
    start: body.start === undefined ? undefined : readTime(body.start, zones),
    end: body.end === undefined ? undefined : readTime(body.end, zones),
    rule: 'recurrence' in json ? ruleOf(body.recurrence, zones) : undefined,
    transactionId: body.transactionId ?? undefined,
    online: body.isOnlineMeeting ?? false,
  };
}

const ruleOf = (json: unknown, zones: typeof findZone): RuleDraft | null =>
  json === null || json === undefined ? null : readRule(json, zones);

/** A `dateTimeTimeZone`. A text with an offset of its own names an instant. @throws GraphError 400 */
export function readTime({ dateTime, timeZone }: z.infer<typeof zonedTime>, zones = findZone): ZonedTime {
  const name = timeZone === undefined || timeZone === null || timeZone === '' ? 'UTC' : timeZone;
  const zone = zones(name);
  if (zone === undefined) throw zoneNotSupported(name);
  const read = parseDateTime(dateTime);
  if (read === undefined) throw failedValidation('DateTime');
  return { zone, wall: read.offsetMs === undefined ? read.wall : wallIn(zone, read.wall - read.offsetMs) };
}

const PLAIN = [
  'importance',
  'sensitivity',
  'showAs',
  'categories',
  'isReminderOn',
  'responseRequested',
  'allowNewTimeProposals',
  'hideAttendees',
  'isAllDay',
] as const satisfies readonly (keyof Body & keyof EventParts)[];

/** null says "as if nothing had ever been written there". */
const CLEARED = {
  importance: 'normal',
  sensitivity: 'normal',
  showAs: 'busy',
  categories: [],
  isReminderOn: false,
  responseRequested: true,
  allowNewTimeProposals: true,
  hideAttendees: false,
  isAllDay: false,
} satisfies Record<(typeof PLAIN)[number], unknown>;

function partsOf(body: Body): Partial<EventParts> {
  const all = {
    ...Object.fromEntries(PLAIN.map((name) => [name, body[name] === null ? CLEARED[name] : body[name]])),
    subject: body.subject === null ? '' : body.subject,
    body: body.body === undefined ? undefined : bodyOf(body.body),
    reminderMinutes: body.reminderMinutesBeforeStart === null ? 0 : body.reminderMinutesBeforeStart,
    places: placesOf(body),
    attendees: body.attendees === undefined ? undefined : attendeesOf(body.attendees ?? []),
    extended: body.singleValueExtendedProperties,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function bodyOf(given: Exclude<Body['body'], undefined>): ItemBody {
  return { contentType: given?.contentType ?? 'text', content: given?.content ?? '' };
}

/** Writing `location` replaces `locations`. */
function placesOf({ location, locations }: Body): Place[] | undefined {
  const given = location === undefined ? locations : location === null ? [] : [location];
  return given === undefined ? undefined : (given ?? []).map(placeOf).filter((one) => one.displayName !== '');
}

function placeOf(given: z.infer<typeof place>): Place {
  return {
    displayName: given.displayName ?? '',
    locationType: given.locationType ?? 'default',
    locationEmailAddress: given.locationEmailAddress ?? undefined,
    locationUri: given.locationUri ?? undefined,
    address: given.address ?? undefined,
    coordinates: given.coordinates ?? undefined,
  };
}

function attendeesOf(given: readonly z.infer<typeof attendee>[]): Attendee[] {
  if (given.length > MOST_ATTENDEES) throw failedValidation('Attendees');
  const seen = new Map<string, Attendee>();
  for (const { type, emailAddress } of given) {
    const { address, name } = emailAddress;
    seen.set(address.toLowerCase(), {
      type: type ?? 'required',
      emailAddress: { name: name ?? address, address },
      status: { response: 'none', at: undefined },
      proposed: undefined,
    });
  }
  return [...seen.values()];
}
