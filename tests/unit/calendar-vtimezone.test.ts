import ICAL from 'ical.js';
import { expect, it } from 'vitest';
import { timeZoneText } from '../../shared/api/calendar/ics/time-zone.ts';

const YEARS = { from: 2010, to: 2032 };
/** Not a part of a day, so that all times of day come up. */
const STEP_MS = 5 * 86_400_000 + 3_660_000;

/** What the runtime's own clocks show. */
const wallIn = (timeZone: string): ((at: number) => string) => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (at) => format.format(at).replace(' ', 'T');
};

it.each([
  ...['Australia/Lord_Howe', 'Australia/Sydney', 'Europe/London', 'Europe/Dublin', 'America/New_York', 'Asia/Tokyo'],
  ...['America/St_Johns', 'Asia/Kathmandu', 'Pacific/Apia', 'Africa/Casablanca', 'America/Sao_Paulo', 'Asia/Tehran'],
])('a feed’s clocks of %s are those of the zone, year in, year out', (iana) => {
  const wallOf = wallIn(iana);
  const zone = new ICAL.Timezone(ICAL.Component.fromString(timeZoneText(iana, YEARS)));
  for (let at = Date.UTC(YEARS.from, 0, 2); at < Date.UTC(YEARS.to + 1, 0, 1); at += STEP_MS) {
    const wall = wallOf(at);
    // Of a time that comes twice either one is right.
    const both = [-3_600_000, -1_800_000, 1_800_000, 3_600_000].filter((ms) => wallOf(at + ms) === wall);
    if (both.length > 0) continue;
    const read = ICAL.Time.fromDateTimeString(wall);
    read.zone = zone;
    expect([wall, read.toUnixTime() * 1000]).toEqual([wall, at]);
  }
});
