import { z } from 'zod';
import type { Recipient } from '../model.ts';
import { readEvent, readTime, zonedTime } from './input.ts';
import type { EventPatch } from './input.ts';
import type { EventParts, ZonedTime } from './model.ts';
import { clockOf, dateText, dayOfWall, parseDateTime } from './time/civil.ts';
import { customRules } from './time/custom-zone.ts';
import { CUSTOM_ZONE, customZone, findZone, wallIn } from './time/zones.ts';
import type { Zone } from './time/zones.ts';

/** What a file says beside what a client may write. */
const more = z.object({
  organizer: z.object({ address: z.string(), name: z.string() }).optional(),
  iCalUId: z.string().optional(),
  isCancelled: z.boolean().default(false),
  customZone: customRules.optional(),
  attendees: z
    .array(z.object({ response: z.string().default('none'), emailAddress: z.object({ address: z.string() }) }))
    .default([]),
  cancelled: z.array(zonedTime).default([]),
  exceptions: z.array(z.record(z.string(), z.unknown())).default([]),
  originalStart: zonedTime.optional(),
});
const OWN = ['organizer', 'iCalUId', 'isCancelled', 'customZone', 'cancelled', 'exceptions', 'originalStart'];
const recurrence = z.looseObject({ range: z.looseObject({ endDate: z.string().optional() }) });

export interface ImportedInput {
  patch: EventPatch;
  organizer: Recipient | undefined;
  iCalUId: string | undefined;
  /** When the series would have had the occurrences that are not there. */
  cancelled: readonly ZonedTime[];
  exceptions: readonly { originalStart: ZonedTime; patch: EventPatch }[];
}

/** Reads an event of a file. Times without a zone are the mailbox's own. @throws GraphError 400 as a client's would be */
export function importedInput(json: Record<string, unknown>, zone: Zone): ImportedInput {
  const given = more.parse(json);
  const zones = resolver(given.customZone);
  const timed = (time: z.infer<typeof zonedTime>): ZonedTime =>
    readTime({ ...time, timeZone: time.timeZone ?? zone.name }, zones);
  const organizer = given.organizer === undefined ? undefined : { emailAddress: given.organizer };
  return {
    patch: patchOf(json, { zone, zones }),
    organizer,
    iCalUId: given.iCalUId,
    cancelled: given.cancelled.map(timed),
    exceptions: given.exceptions.flatMap((one) => {
      const own = more.parse(one);
      if (own.originalStart === undefined) return [];
      const patch = patchOf(one, { zone, zones: own.customZone === undefined ? zones : resolver(own.customZone) });
      return [{ originalStart: timed(own.originalStart), patch }];
    }),
  };
}

type Zones = typeof findZone;

function resolver(rules: z.infer<typeof customRules> | undefined): Zones {
  const custom = rules === undefined ? undefined : customZone(rules);
  return (name) => (name === CUSTOM_ZONE ? custom : findZone(name));
}

function patchOf(json: Record<string, unknown>, { zone, zones }: { zone: Zone; zones: Zones }): EventPatch {
  const given = more.parse(json);
  const plain = Object.fromEntries(Object.entries(json).filter(([name]) => !OWN.includes(name)));
  for (const name of ['start', 'end']) {
    const time = zonedTime.parse(plain[name]);
    plain[name] = { ...time, timeZone: time.timeZone ?? zone.name };
  }
  const start = readTime(zonedTime.parse(plain['start']), zones);
  if (plain['recurrence'] !== undefined) plain['recurrence'] = withEndDate(plain['recurrence'], start);
  const patch = readEvent(plain, zones);
  const parts: Partial<EventParts> = { ...patch.parts, isCancelled: given.isCancelled };
  if (parts.attendees !== undefined) {
    const answers = new Map(given.attendees.map((one) => [one.emailAddress.address.toLowerCase(), one.response]));
    parts.attendees = parts.attendees.map((attendee) => {
      const response = answers.get(attendee.emailAddress.address.toLowerCase()) ?? 'none';
      return { ...attendee, status: { response, at: undefined } };
    });
  }
  return { ...patch, parts };
}

/** An UNTIL is an instant: the last day is the last on which the series still begins by then. */
function withEndDate(given: unknown, start: ZonedTime): unknown {
  const rule = recurrence.parse(given);
  const read = parseDateTime(rule.range.endDate ?? '');
  if (read === undefined || !(rule.range.endDate ?? '').includes('T')) return given;
  const wall = read.offsetMs === undefined ? read.wall : wallIn(start.zone, read.wall - read.offsetMs);
  const day = clockOf(start.wall) > clockOf(wall) ? dayOfWall(wall) - 1 : dayOfWall(wall);
  return { ...rule, range: { ...rule.range, endDate: dateText(day) } };
}
