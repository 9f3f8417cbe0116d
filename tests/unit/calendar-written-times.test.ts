import { describe, expect, it } from 'vitest';
import { isRefusal } from '../../shared/domains/calendar/refusal.ts';
import { seriesEnd } from '../../shared/domains/calendar/series-fields.ts';
import { asShown, refusalOf, toWire } from '../../shared/domains/calendar/write-members.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { itemOf, master, recordOf } from '../support/events.ts';

const CUSTOM = 'tzone://Microsoft/Custom';
const EASTERN = 'Eastern Standard Time';
const utc = (dateTime: string): Fields => ({ dateTime, timeZone: 'UTC' });
const wireOf = (written: Fields, event: Fields): Fields => {
  const body = toWire(written, { ...event, ...written });
  if (isRefusal(body)) throw new Error(`refused: ${body.part} ${body.reason}`);
  return body;
};

/** A daily series from the second of March on, as it is held. */
function seriesOf(range: Fields, times: Fields): Fields {
  const until = 'endDate' in range ? { type: 'endDate' } : { type: 'noEnd' };
  const recurrence = {
    pattern: { type: 'daily', interval: 1 },
    range: { ...until, startDate: '2026-03-02', ...range },
  };
  const raw = master({ recurrence, ...times });
  return { ...recordOf(raw).fields, ...itemOf(raw, true).fields };
}

describe('a series with a last day', () => {
  const timed = seriesOf(
    { endDate: '2026-03-06', recurrenceTimeZone: EASTERN },
    { start: utc('2026-03-02T14:00:00'), end: utc('2026-03-02T15:00:00'), originalStartTimeZone: EASTERN },
  );
  const days = { isAllDay: true, start: { date: '2026-03-02' }, end: { date: '2026-03-03' } };
  const eleven = {
    start: { dateTime: '2026-03-02T16:00:00Z', timeZone: 'America/New_York' },
    end: { dateTime: '2026-03-02T17:00:00Z', timeZone: 'America/New_York' },
  };

  it('P9 ends with that day as Outlook will say it, where it turns into days, and back', () => {
    expect(timed['rrule']).toBe('FREQ=DAILY;UNTIL=20260307T045959Z');
    const shown = asShown(days, timed);
    expect(shown).toEqual({ ...days, rrule: 'FREQ=DAILY;UNTIL=20260306' });
    expect(wireOf(shown, timed)).not.toHaveProperty('recurrence');
    const back = asShown({ isAllDay: false, ...eleven, originalTimeZone: EASTERN }, { ...timed, ...shown });
    expect(back['rrule']).toBe(timed['rrule']);
    expect(wireOf(back, { ...timed, ...shown })).not.toHaveProperty('recurrence');
  });

  it('is shown no rule where its times alone are others', () => {
    expect(asShown(eleven, timed)).toEqual(eleven);
    expect(asShown({ end: eleven.end }, timed)).toEqual({ end: eleven.end });
  });

  it('keeps a rule that has not come to Outlook yet, where it is moved', () => {
    const waiting = { ...timed, rrule: 'FREQ=DAILY;INTERVAL=2;COUNT=5' };
    const start = { dateTime: '2026-03-03T16:00:00Z', timeZone: 'America/New_York' };
    for (const times of [eleven, { start, end: { ...start, dateTime: '2026-03-03T17:00:00Z' } }])
      expect(asShown(times, waiting)).toEqual({ ...times, rrule: waiting.rrule });
    const weekly = { ...timed, rrule: 'FREQ=WEEKLY;BYDAY=MO;WKST=MO;UNTIL=20260401T035959Z' };
    const shown = asShown(days, weekly);
    expect(shown['rrule']).toBe('FREQ=WEEKLY;BYDAY=MO;WKST=MO;UNTIL=20260401');
    expect(wireOf(shown, weekly)).toMatchObject({ recurrence: { pattern: { type: 'weekly' } } });
  });

  it('is told as a series where it was none for a while', () => {
    const rrule = timed['rrule'] ?? null;
    expect(wireOf({ ...eleven, rrule, type: 'master' }, timed)).toHaveProperty('recurrence');
  });
});

describe('a series that waits to be moved to another zone', () => {
  const BERLIN = 'W. Europe Standard Time';
  const series = seriesOf(
    { endDate: '2026-03-06', recurrenceTimeZone: BERLIN },
    { start: utc('2026-03-02T08:00:00'), end: utc('2026-03-02T09:00:00'), originalStartTimeZone: BERLIN },
  );
  const newYork = (dateTime: string): Fields => ({ dateTime, timeZone: 'America/New_York' });
  // On Monday at 22:00 there, and on Tuesday in Berlin.
  const times = { start: newYork('2026-03-03T03:00:00Z'), end: newYork('2026-03-03T04:00:00Z') };
  const moved = { ...series, ...asShown({ ...times, rrule: 'FREQ=WEEKLY;BYDAY=MO' }, series) };

  it('is told another rule on its new clock', () => {
    const written = { rrule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=5' };
    expect(refusalOf(written, moved)).toBeNull();
    expect(wireOf(written, moved)).toMatchObject({
      recurrence: { range: { type: 'numbered', startDate: '2026-03-02', recurrenceTimeZone: EASTERN } },
    });
    expect(refusalOf({ rrule: 'FREQ=WEEKLY;BYDAY=TU;COUNT=5' }, moved)).toMatchObject({ part: 'DTSTART' });
  });

  it('goes on until that rule ends, too', () => {
    const longer = { ...moved, rrule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=50' };
    expect(seriesEnd(longer)).toBeGreaterThan(Date.parse('2027-02-09T04:00:00Z'));
  });
});

describe('a series in a zone without a name', () => {
  // At 23:30, three and a half hours ahead of UTC.
  const late = { start: utc('2026-03-02T20:00:00'), end: utc('2026-03-02T21:00:00'), originalStartTimeZone: CUSTOM };

  it('P9 shows its end anew as it is moved in UTC, and is not told its rule for that: it would lose its zone', () => {
    const range = { endDate: '2026-03-05', recurrenceTimeZone: CUSTOM };
    const fields = seriesOf(range, late);
    const times = { start: utc('2026-03-02T20:15:00'), end: utc('2026-03-02T21:15:00') };
    const echo = seriesOf(range, { ...times, originalStartTimeZone: 'UTC', originalEndTimeZone: 'UTC' });
    const { start = null, end = null } = echo;
    const shown = asShown({ start, end, originalTimeZone: 'UTC' }, fields);
    expect(shown).toEqual({ start, end, originalTimeZone: 'UTC', rrule: echo['rrule'] });
    expect(shown['rrule']).not.toBe(fields['rrule']);
    expect(wireOf(shown, fields)).not.toHaveProperty('recurrence');
  });

  it('is told of its end alone where only that is written: in UTC, which its begin is not to be told in', () => {
    const written = { end: { dateTime: '2026-03-02T21:30:00Z', timeZone: 'UTC' } };
    const told = { end: utc('2026-03-02T21:30:00.0000000') };
    const fields = seriesOf({ recurrenceTimeZone: CUSTOM }, late);
    for (const event of [fields, { ...fields, type: 'single', rrule: null, recurrence: null }])
      expect(wireOf(written, event)).toEqual(told);
    expect(wireOf({ ...written, rrule: 'FREQ=DAILY' }, fields)).toEqual(told);
    const { recurrence, ...rest } = wireOf({ ...written, rrule: 'FREQ=DAILY;COUNT=3' }, fields);
    expect(rest).toEqual(told);
    expect(recurrence).toMatchObject({ range: { type: 'numbered', startDate: '2026-03-02' } });
    expect(JSON.stringify(recurrence)).not.toContain('recurrenceTimeZone');
  });
});
