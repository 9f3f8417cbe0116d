import type { IdKind } from '../ids.ts';
import type { User } from '../tenant.ts';
import { findEvent } from './find.ts';
import { eventId } from './ids.ts';
import { instanceOf } from './instances.ts';
import type { CalendarWorld } from './world.ts';

/** The id of another kind for an event, an occurrence or a calendar, whose id is constant; undefined for what is none. */
export function translateEvent(
  world: CalendarWorld,
  user: User,
  { sourceId, target }: { sourceId: string; target: IdKind },
): string | undefined {
  const store = world.of(user);
  if (typeof store.calendar(sourceId) === 'object') return sourceId;
  const found = findEvent(world, store, sourceId);
  if (typeof found !== 'object') return undefined;
  const { calendar, event, day } = found;
  const variant = instanceOf(found)?.exception?.variant ?? 0;
  return eventId(store.mailbox, { calendar, event, day, variant }, target);
}
