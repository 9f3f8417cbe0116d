import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { call } from '../../../infra/local/demo/client.ts';
import { startMicrosoft, type MicrosoftServer } from '../../../infra/local/graph/server.ts';
import { importPaths, type ImportSummary } from '../../../infra/local/import/run.ts';
import { countPieces } from '../../support/ics-pieces.ts';

const SAMPLES = join(import.meta.dirname, '../../../../shared/data/ics');

/** Everything that something of the samples may be refused for. */
const reasons = {
  message: /^It is .+ \(METHOD:[A-Z]+\), not an event\.$/,
  other: /^It is (a task|a journal entry|free and busy times|a component VALARM), not an event\.$/,
  empty: /^There is no event in it\.$/,
  cut: /^It does not end: the file may be cut\.$/,
  broken: /^It cannot be read: ./,
  time: /^Its (DTSTART|DTEND) is no time: ./,
  orphan: /^It is a change of one occurrence, and the series is not in the file\.$/,
  dates: /^Its rule has no place in Outlook: RDATE adds single dates\.$/,
  backwards: /^It ends before it begins\.$/,
  start: /^Its start is none of the times that its rule gives\.$/,
};
type Reason = keyof typeof reasons;
/** What is refused so is no event, and none of those that are counted. */
const uncounted: readonly string[] = ['other', 'empty'] satisfies Reason[];

/** A calendar that cannot be read is refused as one, however many whole events are in it: so many more than those. */
const broken: Readonly<Record<string, number>> = {
  'caltime.ics': 1,
  'issue251.ics': 1,
  'issue253.ics': 1,
  'zday.ics': -1,
};

const kindOf = (reason: string): string =>
  Object.entries(reasons).find(([, words]) => words.test(reason))?.[0] ?? `not on the list: ${reason}`;

const counts = ({ refused }: Pick<ImportSummary, 'refused'>): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(refused, ({ reason }) => kindOf(reason))].map(([kind, those]) => [kind, those.length]),
  );

if (existsSync(SAMPLES)) {
  describe('calendar files of other programs', () => {
    let server: MicrosoftServer;
    let users = 0;
    beforeAll(async () => {
      server = await startMicrosoft();
    });
    afterAll(() => server.close());

    /** Imports into a new mailbox, as `npm start -- --import` does; answers what came of it and how many events there are then. */
    async function imported(path: string): Promise<{ summary: ImportSummary; held: number }> {
      const upn = `reader${++users}@contoso.example`;
      await call(z.unknown(), `${server.control}/users`, { method: 'POST', body: { userPrincipalName: upn } });
      const summary = await importPaths(server.control, upn, [path]);
      const { events } = await call(
        z.object({ events: z.array(z.unknown()) }),
        `${server.control}/users/${upn}/events`,
      );
      return { summary, held: events.length };
    }

    it.each(readdirSync(SAMPLES))(
      '%s: each event comes through or is refused by name for a known reason',
      async (name) => {
        const path = join(SAMPLES, name);
        const { summary, held } = await imported(path);
        const { events, refused } = summary;
        expect(events + refused.length).toBeGreaterThan(0);
        expect(held).toBe(events);
        expect(new Set(refused.map((one) => one.name)).size).toBe(refused.length);
        for (const one of refused) expect(one.name === name || one.name.startsWith(`${name}#`)).toBe(true);
        const found = counts(summary);
        expect(Object.keys(found).filter((kind) => !(kind in reasons))).toEqual([]);
        const counted = Object.entries(found).filter(([kind]) => !uncounted.includes(kind));
        const covered = counted.reduce((sum, [, count]) => sum + count, events);
        expect(covered).toBe(countPieces(readFileSync(path, 'utf8')) + (broken[name] ?? 0));
      },
    );

    it('as a folder: of the same events as many come through, and no reason is given more often than it holds', async () => {
      const { summary, held } = await imported(SAMPLES);
      expect(summary).toMatchObject({ imported: 0, contacts: 0, events: 704 });
      expect(held).toBe(704);
      expect(summary.refused.every(({ name }) => name.startsWith('ics/'))).toBe(true);
      expect(counts(summary)).toEqual({
        ...{ message: 662, other: 625, empty: 133, cut: 3, broken: 3, time: 36 },
        ...{ orphan: 161, dates: 96, backwards: 63, start: 32 },
      });
    });
  });
} else {
  it(`calendar files of other programs are not read here: there is no ${SAMPLES}`, () => {
    process.stderr.write(`${SAMPLES} is not here: samples of iCalendar files are not imported\n`);
  });
}
