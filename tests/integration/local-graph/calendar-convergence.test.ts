import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../../infra/local/graph/random.ts';
import type { Random } from '../../../infra/local/graph/random.ts';
import { at, CalendarLab, timeOf, WINDOW } from './calendar-support.ts';
import type { Person } from './calendar-support.ts';
import { text } from './support.ts';
import type { Item } from './support.ts';

const pad = (value: number): string => String(value).padStart(2, '0');
/** From the middle of October to the middle of December: the window is November. */
const dayOf = (random: Random): string => {
  const day = new Date(Date.UTC(2026, 9, 15 + random.int(60)));
  return day.toISOString().slice(0, 10);
};

function times(random: Random, date: string): object {
  const hour = pad(7 + random.int(10));
  return { start: at(`${date}T${hour}:00:00`), end: at(`${date}T${hour}:45:00`) };
}

function recurrence(random: Random, date: string): object {
  const weekday = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
  const own = weekday[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? 'monday';
  const pattern: object = random.pick<object>([
    { type: 'daily', interval: 1 + random.int(3) },
    { type: 'weekly', interval: 1, daysOfWeek: [own, random.pick(['monday', 'thursday'])] },
    { type: 'absoluteMonthly', interval: 1, dayOfMonth: Number(date.slice(8)) },
  ]);
  const range = random.pick([{ type: 'noEnd' }, { type: 'numbered', numberOfOccurrences: 1 + random.int(20) }]);
  return { recurrence: { pattern, range: { ...range, startDate: date } } };
}

/** One thing that a person does; what the service refuses is not done. */
async function step(ada: Person, random: Random): Promise<void> {
  const masters = await ada.all('/me/events?$top=100');
  const one = masters[random.int(masters.length + 1)];
  const date = dayOf(random);
  const what = random.int(8);
  if (one === undefined || what < 2) {
    const series = random.next() < 0.5 ? recurrence(random, date) : {};
    await ada.post('/me/events', { subject: `Made ${random.int(1000)}`, ...times(random, date), ...series });
    return;
  }
  const id = text(one, 'id');
  if (what === 2) await ada.send('DELETE', `/me/events/${id}`);
  else if (what === 3) await ada.patch(id, { ...times(random, date) });
  else if (what === 4) await ada.patch(id, { subject: `Renamed ${random.int(1000)}` });
  else if (what === 5 && one['type'] === 'seriesMaster') {
    const start = timeOf(one).slice(0, 10);
    await ada.patch(id, recurrence(random, start));
  } else {
    const view = await ada.view();
    const some = view[random.int(Math.max(1, view.length))];
    if (some === undefined) return;
    const path = `/me/events/${text(some, 'id')}`;
    if (what === 6) await ada.send('DELETE', path);
    else await ada.send('PATCH', path, { body: times(random, timeOf(some).slice(0, 10)) });
  }
}

/** A client that does what the facts advise: a series is replaced as a whole, removals are told from the window alone. */
class Copy {
  readonly items = new Map<string, Item>();

  apply(page: readonly Item[]): void {
    const series = new Set(
      page.flatMap((item) => item['seriesMasterId'] ?? (item['type'] === 'seriesMaster' ? item['id'] : [])),
    );
    for (const master of series) if (typeof master === 'string') this.drop(master);
    for (const item of page) {
      const id = text(item, 'id');
      if (item['@removed'] !== undefined) this.drop(id);
      else if (item['type'] !== 'seriesMaster') this.items.set(id, item);
    }
  }

  private drop(id: string): void {
    this.items.delete(id);
    for (const [key, item] of this.items) if (item['seriesMasterId'] === id) this.items.delete(key);
  }

  get shown(): string[] {
    return [...this.items.values()].map((item) => `${timeOf(item)} ${text(item, 'id')}`).sort();
  }
}

describe('a client of calendarView delta', () => {
  let lab: CalendarLab;
  beforeEach(async () => {
    lab = await CalendarLab.start();
    await lab.lab.settings({ throttle: { per10min: null } });
  });
  afterEach(() => lab.close());

  it.each([1, 2, 3, 4, 5])('ends with what the view shows, whatever people do (seed %i)', async (seed) => {
    const random = createRandom(`convergence ${seed}`);
    const { ada } = lab;
    const copy = new Copy();
    const prefer = { prefer: `odata.maxpagesize=${1 + random.int(20)}, IdType="ImmutableId"` };
    let link = `/me/calendarView/delta?${WINDOW}`;
    for (let round = 0; round < 8; round += 1) {
      for (let nth = random.int(6); nth >= 0; nth -= 1) await step(ada, random);
      const told = await ada.round(link, prefer);
      for (const page of told.pages) copy.apply(page);
      link = told.link;
      expect(copy.shown).toEqual((await ada.view()).map((item) => `${timeOf(item)} ${text(item, 'id')}`).sort());
    }
  });
});
