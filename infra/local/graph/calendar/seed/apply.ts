import type { Origin } from '../../model.ts';
import { createRandom } from '../../random.ts';
import type { Random } from '../../random.ts';
import { instancesIn } from '../instances.ts';
import type { CalendarEvent } from '../model.ts';
import { createEvent, deleteEvent, patchEvent } from '../operations.ts';
import { share } from '../sharing.ts';
import type { CalendarStore } from '../store.ts';
import { DAY_MS, dayOfWall } from '../time/civil.ts';
import { wallIn } from '../time/zones.ts';
import type { CalendarWorld } from '../world.ts';
import { FUTURE_DAYS, PAST_DAYS, planEvent } from './plans.ts';

export interface CalendarSeed {
  count: number;
  seed: number;
  origin: Origin;
  /** Whose calendar the mailbox's owner works in as a delegate; made if there is nobody of this name. */
  delegated?: string | undefined;
}

/**
 * A lifelike half year around now: meetings with and without Teams, days off, series of every kind with some of their
 * occurrences moved, renamed or taken out. The same for the same seed, mailbox and time.
 */
export function seedCalendar(world: CalendarWorld, store: CalendarStore, wanted: CalendarSeed): CalendarEvent[] {
  const random = createRandom(`${wanted.seed}/calendar/${store.mailbox.owner.userPrincipalName}`);
  const now = world.tenant.clock.ms();
  const seeding = { random, zone: store.zone, today: dayOfWall(wallIn(store.zone, now)) };
  const actor = { world, home: store, origin: wanted.origin };
  const made = Array.from({ length: wanted.count }, (_, nth) => {
    const event = createEvent(actor, store.main, planEvent(seeding, nth));
    if (event.series !== undefined && random.next() < 0.7) ruffle(actor, event, { random, now });
    return event;
  });
  if (wanted.delegated === undefined) return made;
  const boss = world.tenant.user(wanted.delegated) ?? world.tenant.addUser({ userPrincipalName: wanted.delegated });
  const home = world.of(boss);
  const { displayName: name, userPrincipalName: address } = store.mailbox.owner;
  share(world, { home, calendar: home.main }, { address, name, role: 'delegateWithoutPrivateEventAccess' });
  const count = Math.max(1, Math.floor(wanted.count / 4));
  seedCalendar(world, home, { count, seed: wanted.seed, origin: wanted.origin });
  return made;
}

const NOTHING = { start: undefined, end: undefined, rule: undefined, transactionId: undefined, online: false };

/** What happens to single occurrences of a series: one gets another time, one another name, one is taken out. */
function ruffle(
  actor: { world: CalendarWorld; home: CalendarStore; origin: Origin },
  event: CalendarEvent,
  { random, now }: { random: Random; now: number },
): void {
  const window = { fromMs: now - PAST_DAYS * DAY_MS, toMs: now + FUTURE_DAYS * DAY_MS };
  const there = instancesIn(event, window);
  if (there.length < 4) return;
  const [moved, renamed, gone] = [0, 1, 2].map((part) => there[Math.floor((part * there.length) / 3) + random.int(1)]);
  if (moved !== undefined) {
    const { start, end } = moved.times;
    const later = 30 * 60_000;
    const times = { start: { ...start, wall: start.wall + later }, end: { ...end, wall: end.wall + later } };
    patchEvent(actor, { event, day: moved.day }, { ...NOTHING, parts: {}, ...times });
  }
  if (renamed !== undefined) {
    patchEvent(
      actor,
      { event, day: renamed.day },
      { ...NOTHING, parts: { subject: `${event.parts.subject} (extended)` } },
    );
  }
  if (gone !== undefined) deleteEvent(actor, { event, day: gone.day }, { permanent: false });
}
