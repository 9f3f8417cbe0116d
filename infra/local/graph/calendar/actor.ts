import type { Origin } from '../model.ts';
import type { EventParts, Exception, Series } from './model.ts';
import type { CalendarStore } from './store.ts';
import type { CalendarWorld } from './world.ts';

/** In whose calendars something is done, and by whom. */
export interface Actor {
  world: CalendarWorld;
  home: CalendarStore;
  origin: Origin;
}

export const NOT_RESPONDED: EventParts['answer'] = { response: 'notResponded', at: undefined };

/** The exception of a day, made if there is none. */
export function exceptionOf({ world }: Pick<Actor, 'world'>, series: Series, day: number): Exception {
  const known = series.exceptions.get(day);
  if (known !== undefined) return known;
  const now = world.tenant.clock.ms();
  const variant = world.tenant.settings.calendar.exceptionIds === 'change' ? 1 : 0;
  const made = { parts: {}, times: undefined, createdMs: now, modifiedMs: now, version: 0, variant };
  series.exceptions.set(day, made);
  return made;
}
