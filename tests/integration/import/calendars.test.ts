import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startMicrosoft, type MicrosoftServer } from '../../../infra/local/graph/server.ts';
import { importPaths, tellImport } from '../../../infra/local/import/run.ts';

const UPN = 'ada@contoso.example';
const event = (...lines: string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'BEGIN:VEVENT', 'UID:a@b', ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join(
    '\r\n',
  );

describe('calendar files in an import', () => {
  let server: MicrosoftServer;
  const root = mkdtempSync(join(tmpdir(), 'import-'));
  afterAll(() => {
    rmSync(root, { recursive: true });
  });
  beforeEach(async () => {
    server = await startMicrosoft();
    await fetch(`${server.control}/users`, { method: 'POST', body: JSON.stringify({ userPrincipalName: UPN }) });
  });
  afterEach(() => server.close());

  it('fill calendars named as their folders, and what cannot be taken is told by name', async () => {
    mkdirSync(join(root, 'Team'));
    writeFileSync(join(root, 'own.ics'), event('SUMMARY:Own', 'DTSTART:20260601T090000Z'));
    writeFileSync(
      join(root, 'Team', 'team.ics'),
      event('SUMMARY:Team', 'DTSTART:20260601T090000Z', 'RRULE:FREQ=DAILY'),
    );
    writeFileSync(join(root, 'odd.ics'), event('SUMMARY:Odd', 'DTSTART:20260601T090000Z', 'RRULE:FREQ=SECONDLY'));
    const summary = await importPaths(server.control, UPN, [root]);
    expect(summary).toMatchObject({ imported: 0, contacts: 0, events: 2 });
    expect(tellImport(summary)).toMatch(/^Imported 2 events; 1 refused\.\n {2}refused {2}.*odd\.ics: .*FREQ=SECONDLY/);
    const answer = await (await fetch(`${server.control}/users/${UPN}/events`)).json();
    const told = z
      .object({
        calendars: z.array(z.object({ id: z.string(), name: z.string() })),
        events: z.array(z.object({ subject: z.string(), calendarId: z.string(), iCalUId: z.string() })),
      })
      .parse(answer);
    const nameOf = (id: string): string | undefined => told.calendars.find((one) => one.id === id)?.name;
    expect(told.events.map((one) => [one.subject, nameOf(one.calendarId), one.iCalUId]).sort()).toEqual([
      ['Own', 'Calendar', 'a@b'],
      ['Team', 'Team', 'a@b'],
    ]);
  });
});
