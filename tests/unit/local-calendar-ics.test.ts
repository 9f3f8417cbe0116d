import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importEvent } from '../../infra/local/graph/calendar/import.ts';
import { instancesIn } from '../../infra/local/graph/calendar/instances.ts';
import type { CalendarStore } from '../../infra/local/graph/calendar/store.ts';
import { worldOf } from '../../infra/local/graph/calendar/world.ts';
import { Tenant } from '../../infra/local/graph/tenant.ts';
import { readIcs } from '../../infra/local/import/ics.ts';

const OWNER = 'ada@contoso.example';

interface Outcome {
  store: CalendarStore;
  taken: string[];
  refused: { name: string; reason: string }[];
}

/** Reads a file into an empty calendar, as an import does. */
async function imported(path: string, name: string): Promise<Outcome> {
  const tenant = new Tenant({ now: () => new Date('2026-11-20T10:00:00Z') });
  const store = worldOf(tenant).of(tenant.addUser({ userPrincipalName: OWNER }));
  const outcome: Outcome = { store, taken: [], refused: [] };
  for await (const one of readIcs({ path, name, folders: [] })) {
    const made =
      'reason' in one
        ? one
        : importEvent(
            worldOf(tenant),
            store,
            { ...one, event: { ...one.event }, folder: [...one.folder] },
            { by: 'control' },
          );
    if ('reason' in made) outcome.refused.push(made);
    else outcome.taken.push(made.name);
  }
  return outcome;
}

function calendarOf(...lines: string[]): string {
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Test//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');
}

function eventOf(...lines: string[]): string[] {
  return ['BEGIN:VEVENT', 'UID:one@test', 'SUMMARY:One', ...lines, 'END:VEVENT'];
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ics-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function of(text: string | Uint8Array): Promise<Outcome> {
  const path = join(folder, `${randomUUID()}.ics`);
  writeFileSync(path, text);
  return imported(path, 'a.ics');
}

const startsOf = ({ store }: Outcome): string[] =>
  store
    .all()
    .flatMap((event) => instancesIn(event, { fromMs: Date.UTC(2026, 0, 1), toMs: Date.UTC(2027, 11, 31) }))
    .map((one) => new Date(one.startMs).toISOString().slice(0, 16));

describe('an iCalendar file', () => {
  it('gives an event with all that it says', async () => {
    const { store, taken } = await of(
      calendarOf(
        ...eventOf(
          'DTSTART;TZID=America/New_York:20260309T090000',
          'DURATION:PT1H30M',
          'LOCATION:Room 1\\, upstairs',
          'DESCRIPTION:First line\\nsecond',
          'CATEGORIES:Work,Red',
          'CLASS:PRIVATE',
          'PRIORITY:1',
          'TRANSP:TRANSPARENT',
          'ORGANIZER;CN=Boss:mailto:boss@else.example',
          'ATTENDEE;CN=Ada;PARTSTAT=ACCEPTED;ROLE=OPT-PARTICIPANT:MAILTO:ada@contoso.example',
          'BEGIN:VALARM',
          'ACTION:DISPLAY',
          'TRIGGER:-PT10M',
          'END:VALARM',
        ),
      ),
    );
    expect(taken).toEqual(['a.ics']);
    const [event] = store.all();
    expect(event).toMatchObject({
      iCalUId: 'one@test',
      isOrganizer: false,
      organizer: { emailAddress: { name: 'Boss' } },
    });
    expect(event?.parts).toMatchObject({
      subject: 'One',
      body: { contentType: 'text', content: 'First line\nsecond' },
      places: [{ displayName: 'Room 1, upstairs' }],
      categories: ['Work', 'Red'],
      sensitivity: 'private',
      importance: 'high',
      showAs: 'free',
      isReminderOn: true,
      reminderMinutes: 10,
      attendees: [
        { type: 'optional', emailAddress: { address: 'ada@contoso.example' }, status: { response: 'accepted' } },
      ],
    });
    expect(event?.times.start.zone.name).toBe('Eastern Standard Time');
  });

  it('gives a series with what was deleted, moved and cancelled in it', async () => {
    const zone = ';TZID=Europe/Berlin';
    const outcome = await of(
      calendarOf(
        ...eventOf(
          `DTSTART${zone}:20261023T090000`,
          `DTEND${zone}:20261023T100000`,
          'RRULE:FREQ=DAILY;UNTIL=20261028T080000Z',
          `EXDATE${zone}:20261024T090000`,
        ),
        ...eventOf(
          `RECURRENCE-ID${zone}:20261026T090000`,
          `DTSTART${zone}:20261026T150000`,
          `DTEND${zone}:20261026T160000`,
        ),
        ...eventOf(`RECURRENCE-ID${zone}:20261027T090000`, `DTSTART${zone}:20261027T090000`, 'STATUS:CANCELLED'),
      ),
    );
    expect(outcome.refused).toEqual([]);
    expect(startsOf(outcome)).toEqual(['2026-10-23T07:00', '2026-10-25T08:00', '2026-10-26T14:00', '2026-10-28T08:00']);
  });

  it.each(['EXDATE;VALUE=DATE:20260602', 'EXDATE:20260602T010000', 'EXDATE;TZID=Europe/Berlin:20260602T070000'])(
    'leaves the occurrence out that is meant, on the clock of its series where no other is named: %s',
    async (line) => {
      const series = ['DTSTART;TZID=America/New_York:20260601T010000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=3'];
      const outcome = await of(calendarOf(...eventOf(...series, line)));
      expect(startsOf(outcome)).toEqual(['2026-06-01T05:00', '2026-06-03T05:00']);
    },
  );

  it('changes the occurrence that is meant, be it named by its day alone', async () => {
    const series = ['DTSTART;TZID=America/New_York:20260601T010000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=2'];
    const moved = eventOf('RECURRENCE-ID;VALUE=DATE:20260602', 'DTSTART:20260602T150000Z', 'DURATION:PT1H');
    const outcome = await of(calendarOf(...eventOf(...series), ...moved));
    expect(startsOf(outcome)).toEqual(['2026-06-01T05:00', '2026-06-02T15:00']);
  });

  it('keeps all-day events on their dates, and floating times in the zone of the mailbox', async () => {
    const outcome = await of(
      calendarOf(
        ...eventOf('DTSTART;VALUE=DATE:20260406', 'RRULE:FREQ=WEEKLY;COUNT=2'),
        ...eventOf('DTSTART:20260504T090000', 'DTEND:20260504T093000'),
      ),
    );
    expect(startsOf(outcome)).toEqual(['2026-04-05T22:00', '2026-04-12T22:00', '2026-05-04T07:00']);
    const [day] = outcome.store.all();
    expect(day?.parts.isAllDay).toBe(true);
  });

  it('brings the rules of a zone without a name along', async () => {
    const part = (kind: string, month: number, from: string, to: string): string[] => [
      `BEGIN:${kind}`,
      `DTSTART:2000${String(month).padStart(2, '0')}01T020000`,
      `RRULE:FREQ=YEARLY;BYMONTH=${month};BYDAY=-1SU`,
      `TZOFFSETFROM:${from}`,
      `TZOFFSETTO:${to}`,
      `END:${kind}`,
    ];
    const outcome = await of(
      calendarOf(
        'BEGIN:VTIMEZONE',
        'TZID:Our office',
        ...part('STANDARD', 10, '+0430', '+0330'),
        ...part('DAYLIGHT', 3, '+0330', '+0430'),
        'END:VTIMEZONE',
        ...eventOf('DTSTART;TZID=Our office:20261024T090000', 'RRULE:FREQ=DAILY;COUNT=2'),
        ...eventOf('DTSTART;TZID=Their office:20261024T090000'),
      ),
    );
    expect(startsOf(outcome)).toEqual(['2026-10-24T04:30', '2026-10-25T05:30']);
    expect(outcome.store.all()[0]?.times.start.zone.name).toBe('tzone://Microsoft/Custom');
    expect(outcome.refused).toEqual([
      { name: 'a.ics#2', reason: 'Its time zone Their office is neither known nor described in the file.' },
    ]);
  });

  it.each([
    ['FREQ=DAILY;INTERVAL=3;COUNT=2', ['2026-06-01', '2026-06-04']],
    ['FREQ=DAILY;BYDAY=MO,FR;COUNT=3', ['2026-06-01', '2026-06-05', '2026-06-08']],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU;COUNT=3', ['2026-06-01', '2026-06-14', '2026-06-15']],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;COUNT=3', ['2026-06-01', '2026-06-07', '2026-06-15']],
    ['FREQ=MONTHLY;COUNT=2', ['2026-06-01', '2026-07-01']],
    ['FREQ=MONTHLY;BYDAY=1MO;COUNT=2', ['2026-06-01', '2026-07-06']],
    ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1;COUNT=3', ['2026-06-01', '2026-07-01', '2026-08-03']],
    ['FREQ=YEARLY;COUNT=2', ['2026-06-01', '2027-06-01']],
    ['FREQ=YEARLY;BYMONTH=6;BYDAY=1MO;COUNT=2', ['2026-06-01', '2027-06-07']],
    ['FREQ=DAILY;UNTIL=20260602T090000Z', ['2026-06-01', '2026-06-02']],
    ['FREQ=DAILY;UNTIL=20260602T085959Z', ['2026-06-01']],
  ])('understands %s', async (rule, days) => {
    const outcome = await of(calendarOf(...eventOf('DTSTART:20260601T090000Z', 'DURATION:PT1H', `RRULE:${rule}`)));
    expect(outcome.refused).toEqual([]);
    expect(startsOf(outcome).map((text) => text.slice(0, 10))).toEqual(days);
  });

  it.each([
    ['RRULE:FREQ=HOURLY', /FREQ=HOURLY/],
    ['RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15', /several days/],
    ['RRULE:FREQ=MONTHLY;BYMONTHDAY=-3', /from the end/],
    ['RRULE:FREQ=MONTHLY;BYDAY=MO', /every such weekday/],
    ['RRULE:FREQ=MONTHLY;BYDAY=1MO,3MO', /several places/],
    ['RRULE:FREQ=MONTHLY;BYDAY=5MO', /beyond the fourth/],
    ['RRULE:FREQ=YEARLY;BYDAY=20MO', /through the year/],
    ['RRULE:FREQ=YEARLY;BYYEARDAY=100', /BYYEARDAY/],
    ['RRULE:FREQ=DAILY;BYMONTH=1', /some months/],
    ['RRULE:FREQ=DAILY;COUNT=1000', /1000 times/],
    ['RDATE:20260701T090000Z', /RDATE/],
    ['RRULE:FREQ=WEEKLY;BYDAY=TU', /none of the times/],
    ['DTEND:20260531T090000Z', /ends before/],
  ])('refuses %s with the reason', async (line, reason) => {
    const outcome = await of(calendarOf(...eventOf('DTSTART:20260601T090000Z', line)));
    expect(outcome.taken).toEqual([]);
    expect(outcome.refused.map(({ name }) => name)).toEqual(['a.ics']);
    expect(outcome.refused[0]?.reason).toMatch(reason);
  });

  it('has its text read in UTF-8, folded in the middle of a letter too, in UTF-16 by its mark, else in Windows-1252', async () => {
    const text = calendarOf(...eventOf('DTSTART:20260601T090000Z', 'CATEGORIES:Köln'));
    const bytes = Buffer.from(text);
    const at = bytes.indexOf(0xc3) + 1;
    const folded = Buffer.concat([bytes.subarray(0, at), Buffer.from('\r\n '), bytes.subarray(at)]);
    const texts = [bytes, folded, Buffer.from(text, 'latin1'), Buffer.from(`\ufeff${text}`, 'utf16le')];
    for (const one of texts) {
      const { store, refused } = await of(one);
      expect(refused).toEqual([]);
      expect(store.all().flatMap(({ parts }) => parts.categories)).toEqual(['Köln']);
    }
  });

  it('loses nothing of the rest to what is broken in it', async () => {
    const broken = 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART\u0000nonsense\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';
    const good = calendarOf(...eventOf('DTSTART:20260601T090000Z'), 'BEGIN:VTODO', 'UID:t', 'END:VTODO');
    const cut = 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n';
    const { taken, refused } = await of(`${cut}${broken}${good}rubbish\r\n${cut}`);
    expect(taken).toEqual(['a.ics#3']);
    expect(refused.map(({ name }) => name)).toEqual(['a.ics#1', 'a.ics#2', 'a.ics#4', 'a.ics#5']);
  });

  it('loses no event to one beside it that is longer than time goes', async () => {
    const endless = eventOf('DTSTART:20260601T090000Z', 'DURATION:P99999999W');
    const { taken, refused } = await of(calendarOf(...endless, ...eventOf('DTSTART:20260601T090000Z')));
    expect(taken).toEqual(['a.ics#2']);
    expect(refused).toEqual([{ name: 'a.ics#1', reason: 'It cannot be read: Invalid time value' }]);
  });
});
