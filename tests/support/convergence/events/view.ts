import type { Single, ShownEvent } from './fields.ts';
import { byId, isPart, singles } from './fields.ts';
import type { TenantEvent } from './outlook.ts';
import type { Parties } from './parties.ts';
import { Parts } from './parts.ts';
import { Values } from './values.ts';

/** Events that are met more often than others. */
const HOT = 10;

/** Single events and series, as each side sees them: the tenant's by Graph's ids, the application's by ours. */
export class View {
  readonly parties: Parties;
  readonly values: Values;
  readonly parts: Parts;
  readonly theirs = new Map<string, TenantEvent>();
  readonly ours = new Map<string, ShownEvent>();
  /** Graph ids that notifications would name. */
  readonly touched: string[] = [];

  constructor(parties: Parties) {
    this.parties = parties;
    this.values = new Values(parties.random);
    this.parts = new Parts(parties, this.values, (id) => this.touched.push(id));
  }

  async look(): Promise<void> {
    const { outlook, list, window } = this.parties;
    const all = byId(await list());
    const { events, instances } = await outlook.snapshot(window);
    this.ours.clear();
    this.theirs.clear();
    for (const [id, event] of all) if (!isPart(event)) this.ours.set(id, event);
    for (const event of events) this.theirs.set(event.id, event);
    this.parts.look([...all.values()].filter(isPart), instances.filter(isPart));
  }

  /** One of the events that fit; undefined where none does. */
  pick<E extends { readonly id: string }>(
    events: ReadonlyMap<string, E>,
    fits: (event: E) => boolean = () => true,
  ): E | undefined {
    const { random } = this.parties;
    const all = [...events.values()].filter(fits).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return all[random.int(random.chance(0.4) ? Math.min(HOT, all.length) : all.length)];
  }

  /** A field to be edited. The time of a series is that of all its days: it is shifted for itself. */
  field({ isAllDay, type }: { readonly isAllDay: boolean; readonly type: string }): Single {
    const { random } = this.parties;
    return isAllDay || /master/i.test(type) ? random.pick(['subject', 'location']) : random.pick(singles);
  }
}
