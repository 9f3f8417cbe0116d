import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { WINDOWS_TO_IANA_MAP } from 'windows-iana';
import { instantOf, instantText, readInstant, wallIn } from '../../shared/domains/calendar/instants.ts';
import { graphText, readWallClock, wallAt, wallMs } from '../../shared/domains/calendar/wall-clock.ts';
import { clockZoneOf, graphZoneOf, readZone } from '../../shared/domains/calendar/zones.ts';

const windowsNames: readonly string[] = [...new Set(WINDOWS_TO_IANA_MAP.map(({ windowsName }) => windowsName))];

describe('the name of a zone', () => {
  it.each([
    ['Eastern Standard Time', 'America/New_York'],
    ['AUS Eastern Standard Time', 'Australia/Sydney'],
    ['GMT Standard Time', 'Europe/London'],
    ['tokyo standard time', 'Asia/Tokyo'],
    ['europe/rome', 'Europe/Rome'],
    ['Europe/Kyiv', 'Europe/Kyiv'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['India Standard Time', 'Asia/Kolkata'],
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['Nepal Standard Time', 'Asia/Kathmandu'],
    ['Myanmar Standard Time', 'Asia/Yangon'],
    ['asia/saigon', 'Asia/Ho_Chi_Minh'],
    ['Argentina Standard Time', 'America/Argentina/Buenos_Aires'],
    ['Greenland Standard Time', 'America/Nuuk'],
    ['US Eastern Standard Time', 'America/Indiana/Indianapolis'],
    ['FLE Standard Time', 'Europe/Kyiv'],
    ['UTC', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['tzone://Microsoft/Utc', 'UTC'],
  ])('%s is %s', (name, iana) => {
    expect(readZone(name)).toEqual({ name, iana });
  });

  it.each(['tzone://Microsoft/Custom', 'Customized Time Zone', 'Nowhere Standard Time', '+05:30', '', 'constructor'])(
    'keeps %j, which nobody knows, as it came',
    (name) => {
      expect(readZone(name)).toEqual({ name, iana: null });
    },
  );

  it('is known for every zone of Windows, and comes back', () => {
    expect(windowsNames.length).toBeGreaterThan(130);
    for (const name of windowsNames) expect(graphZoneOf(readZone(name).iana ?? '')).toBe(name);
  });

  it('is of the same zone, and has the same Windows name, by whatever name of the runtime it is read', () => {
    const canonical = (timeZone: string): string =>
      new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
    for (const name of Intl.supportedValuesOf('timeZone')) {
      const { iana } = readZone(name);
      expect([name, canonical(iana ?? ''), graphZoneOf(iana ?? '')]).toEqual([
        name,
        canonical(name),
        graphZoneOf(name),
      ]);
      expect(readZone(iana ?? '').iana).toBe(iana);
    }
  });

  it('has a Windows name for nearly every zone of the runtime', () => {
    const nameless = Intl.supportedValuesOf('timeZone').filter((iana) => !windowsNames.includes(graphZoneOf(iana)));
    expect(nameless.length).toBeLessThan(6);
    expect(graphZoneOf('Europe/Kyiv')).toBe('FLE Standard Time');
    expect(graphZoneOf('Antarctica/Troll')).toBe('Antarctica/Troll');
  });

  it.each([
    ['America/Mazatlan', 'Mountain Standard Time (Mexico)'],
    ['Asia/Bishkek', 'Central Asia Standard Time'],
    ['America/Chihuahua', 'America/Chihuahua'],
    ['Asia/Almaty', 'Asia/Almaty'],
    ['Europe/Rome', 'W. Europe Standard Time'],
    ['UTC', 'UTC'],
  ])('of a series in %s is %s, whose clock is the same', (iana, name) => {
    expect(clockZoneOf(iana)).toBe(name);
    const [at, summer] = [Date.UTC(2026, 11, 1, 17), Date.UTC(2026, 6, 1, 17)];
    for (const instant of [at, summer])
      expect(wallIn(readZone(name).iana ?? '', instant)).toEqual(wallIn(iana, instant));
  });
});

const zones = fc.constantFrom(
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Europe/London',
  'Asia/Tokyo',
  'Asia/Kathmandu',
  'Asia/Beirut',
  'Africa/Casablanca',
  'Pacific/Chatham',
  'UTC',
);
const moments = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2037, 11, 31) });

/** Moments within three hours of a change of the clocks, where there is one after `from`. */
const nearChange = fc
  .record({ zone: zones, from: moments, by: fc.integer({ min: -180, max: 180 }) })
  .map(({ zone, from, by }) => {
    const change = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone).getTimeZoneTransition('next');
    return { zone, at: (change?.epochMilliseconds ?? from) + by * 60_000 };
  });
const anyMoment = fc.oneof(nearChange, fc.record({ zone: zones, at: moments }));

describe('the wall clock of a zone', () => {
  it('shows what another library says', () => {
    fc.assert(
      fc.property(anyMoment, ({ zone, at }) => {
        const theirs = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDateTime();
        expect(graphText(wallIn(zone, at))).toBe(theirs.toString({ fractionalSecondDigits: 7 }));
      }),
      { numRuns: 1000 },
    );
  });

  it('names the instant that another library takes, where clocks go forward and back too', () => {
    fc.assert(
      fc.property(anyMoment, fc.integer({ min: -90, max: 90 }), ({ zone, at }, by) => {
        const wall = wallAt(wallMs(wallIn(zone, at)) + by * 60_000);
        const theirs = Temporal.PlainDateTime.from(graphText(wall)).toZonedDateTime(zone, {
          disambiguation: 'compatible',
        });
        expect(instantOf(zone, wall)).toBe(theirs.epochMilliseconds);
      }),
      { numRuns: 2000 },
    );
  });

  const at = (dateTime: string, timeZone: string): string | null => {
    const instant = readInstant({ dateTime, timeZone });
    return instant === null ? null : instantText(instant);
  };

  it.each([
    ['AUS Eastern Standard Time', '2026-10-04T02:30:00.0000000', '2026-10-03T16:30:00Z', 'never comes'],
    ['AUS Eastern Standard Time', '2026-04-05T02:30:00.0000000', '2026-04-04T15:30:00Z', 'comes twice'],
    ['Eastern Standard Time', '2026-03-08T02:30:00.0000000', '2026-03-08T07:30:00Z', 'never comes'],
    ['Eastern Standard Time', '2026-11-01T01:30:00.0000000', '2026-11-01T05:30:00Z', 'comes twice'],
    ['GMT Standard Time', '2026-03-29T01:30:00.0000000', '2026-03-29T01:30:00Z', 'never comes'],
    ['GMT Standard Time', '2026-10-25T01:30:00.0000000', '2026-10-25T00:30:00Z', 'comes twice'],
    ['Tokyo Standard Time', '2026-03-29T02:30:00.0000000', '2026-03-28T17:30:00Z', 'comes once'],
  ])('of %s at %s is %s: it %s', (zone, wall, instant) => {
    expect(at(wall, zone)).toBe(instant);
  });

  it('takes an offset in the text before the zone beside it', () => {
    expect(at('2026-03-29T09:00:00+02:00', 'Tokyo Standard Time')).toBe('2026-03-29T07:00:00Z');
    expect(at('2026-03-29T09:00:00Z', 'tzone://Microsoft/Custom')).toBe('2026-03-29T09:00:00Z');
    expect(at('2026-03-29T09:00:00-03:30', 'UTC')).toBe('2026-03-29T12:30:00Z');
    expect(at('2026-03-29T09:00:00+14:00', 'UTC')).toBe('2026-03-28T19:00:00Z');
  });

  it('says nothing where nobody knows when it is', () => {
    expect(at('2026-03-29T09:00:00.0000000', 'tzone://Microsoft/Custom')).toBeNull();
    const impossible = ['+99:99', '+24:00', '-00:60'].map((offset) => `2026-02-03T09:00:00${offset}`);
    for (const text of ['', 'noon', '2026-02-30T09:00:00', '2026-02-03T24:00:00', '2026-02-03', ...impossible])
      expect(at(text, 'UTC')).toBeNull();
  });

  it('reads units of 100 ns, and keeps milliseconds', () => {
    expect(at('2026-03-29T09:00:00.1234567', 'UTC')).toBe('2026-03-29T09:00:00.123Z');
    expect(at('2026-03-29T23:59:59.9999999', 'UTC')).toBe('2026-03-29T23:59:59.999Z');
    expect(at('2026-03-29T09:00:00.5', 'UTC')).toBe('2026-03-29T09:00:00.500Z');
    expect(at('0001-01-01T00:00:00.0000000', 'UTC')).toBe('0001-01-01T00:00:00Z');
    fc.assert(
      fc.property(moments, (moment) => {
        expect(wallMs(readWallClock(graphText(wallAt(moment))) ?? wallAt(0))).toBe(moment);
      }),
    );
  });
});
