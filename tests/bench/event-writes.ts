import { z } from 'zod';
import { events as eventFamily } from '../../shared/api/families/events.ts';
import { makeCalendars, readCalendars } from './calendars.ts';
import type { Emulators } from './processes.ts';
import { WrongResult } from './run-way.ts';
import { openWriteRig, type WriteRig, type Writes } from './write-rig.ts';

/** Events that stand before anything is written. */
const EVENTS = 100;
const DAY_MS = 86_400_000;
const created = z.object({ id: z.string() });

/**
 * Makes events by the API, then changes each, and runs the push jobs that come of it. Throws WrongResult where Graph does not
 * hold each once, as it was changed.
 */
export async function eventWrites(emulators: Emulators, writes: number): Promise<readonly [Writes, Writes]> {
  await using rig = await openWriteRig(emulators, await makeCalendars(emulators.control, 'writes', EVENTS));
  const family = eventFamily(rig.app);
  const ids: string[] = [];
  const makeAll = async (): Promise<void> => {
    for (let n = 0; n < writes; n++) {
      const { status, body } = await rig.send(family, { method: 'POST', path: '/events', body: eventOf(n) });
      if (status !== 201) throw new WrongResult(`a create was answered ${status}`);
      ids.push(created.parse(body).id);
    }
  };
  const changeAll = async (): Promise<void> => {
    for (const [n, id] of ids.entries()) {
      const change = { subject: `Moved ${n}`, location: 'Room Ada' };
      const { status } = await rig.send(family, { method: 'PATCH', path: `/events/${id}`, body: change });
      if (status !== 200) throw new WrongResult(`a change was answered ${status}`);
    }
  };
  const made = { what: 'events made', note: 'With one attendee each.', writes, ...(await rig.measure(makeAll)) };
  await check(rig, 'Bench ', writes);
  const note = 'Title and place of those that were made.';
  const changed = { what: 'events changed', note, writes, ...(await rig.measure(changeAll)) };
  await check(rig, 'Moved ', writes);
  return [made, changed];
}

function eventOf(n: number): object {
  const day = new Date(Date.now() + (1 + (n % 200)) * DAY_MS).toISOString().slice(0, 10);
  return {
    subject: `Bench ${n}`,
    start: { dateTime: `${day}T10:00:00`, timeZone: 'Europe/Berlin' },
    end: { dateTime: `${day}T10:30:00`, timeZone: 'Europe/Berlin' },
    attendees: [{ address: 'grace@navy.example', name: 'Grace Hopper' }],
  };
}

const named = z.object({ subject: z.string().nullish() });

async function check({ user }: WriteRig, begin: string, writes: number): Promise<void> {
  const { events } = await readCalendars(user);
  const names = events.flatMap((event) => {
    const { subject } = named.parse(event);
    return subject?.startsWith(begin) === true ? [subject] : [];
  });
  if (names.length === writes && new Set(names).size === writes) return;
  throw new WrongResult(
    `Graph holds ${names.length} events ${begin}..., ${new Set(names).size} by name, not ${writes}`,
  );
}
