import { Schedule } from '../subscriptions/schedule.ts';
import type { Tenant, User } from '../tenant.ts';
import { CalendarStore } from './store.ts';

/** The calendars of a tenant: one store a mailbox, made when it is first asked for. */
export class CalendarWorld {
  readonly tenant: Tenant;
  /** For what happens by itself a little later. */
  readonly schedule: Schedule;
  private readonly stores = new Map<string, CalendarStore>();

  constructor(tenant: Tenant) {
    this.tenant = tenant;
    this.schedule = new Schedule(tenant.clock);
  }

  of(user: User): CalendarStore {
    const known = this.stores.get(user.id);
    if (known !== undefined) return known;
    const store = new CalendarStore(this.tenant.mailbox(user), this.tenant.clock);
    this.stores.set(user.id, store);
    return store;
  }

  /** By user principal name (any case) or object id; undefined for somebody outside, or without a mailbox. */
  at(address: string): CalendarStore | undefined {
    const user = this.tenant.user(address);
    return user === undefined || user.mailbox === 'notEnabled' ? undefined : this.of(user);
  }
}

const worlds = new WeakMap<Tenant, CalendarWorld>();

/** The tenant's one world of calendars. */
export function worldOf(tenant: Tenant): CalendarWorld {
  const known = worlds.get(tenant);
  if (known !== undefined) return known;
  const made = new CalendarWorld(tenant);
  worlds.set(tenant, made);
  return made;
}
