import type { Random } from '../random.ts';
import type { Tenant } from '../tenant.ts';
import { DeliveryLog, type DeliveryLine } from './delivery-log.ts';
import { EndpointHealth } from './endpoint-health.ts';
import { shuffled, type Parcel } from './parcel.ts';
import { post } from './post.ts';
import type { Schedule } from './schedule.ts';
import type { SubscriptionStore } from './store.ts';

interface Lane {
  readonly waiting: Parcel[];
  readonly health: EndpointHealth;
  inFlight: number;
  cancel: (() => void) | undefined;
}

const FIRST_TIMEOUT_MS = 3000;
const RETRY_TIMEOUT_MS = 10_000;
const LONGEST_TRY_MS = 4 * 3_600_000;
const MOST_PER_POST = 50;
const MOST_IN_FLIGHT = 8;
const LOOK_AGAIN_MS = 50;
const FIRST_GAP_MS = 10_000;
const LONGEST_GAP_MS = 30 * 60_000;

/** Brings parcels to their addresses: together where they are ready together, again where nobody said 2xx. */
export class Delivery {
  readonly log = new DeliveryLog();
  private readonly lanes = new Map<string, Lane>();
  private readonly parts: { tenant: Tenant; store: SubscriptionStore; schedule: Schedule; random: Random };
  private readonly closing = new AbortController();
  private readonly running = new Set<Promise<void>>();

  constructor(parts: { tenant: Tenant; store: SubscriptionStore; schedule: Schedule; random: Random }) {
    this.parts = parts;
  }

  add(url: string, parcels: readonly Parcel[]): void {
    if (parcels.length === 0) return;
    const lane = this.lane(url);
    lane.waiting.push(...parcels);
    this.plan(url, lane);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all(this.running);
  }

  note(parcels: readonly Parcel[], line: Pick<DeliveryLine, 'url' | 'status' | 'attempt' | 'outcome'>): void {
    const at = this.parts.tenant.clock.now().toISOString();
    const groups = Map.groupBy(parcels, (parcel) => `${parcel.subscription.id}|${parcel.lifecycle ?? ''}`);
    for (const [first, ...rest] of groups.values()) {
      if (first === undefined) continue;
      const lifecycle = first.lifecycle === undefined ? {} : { lifecycle: first.lifecycle };
      this.log.add({ at, subscriptionId: first.subscription.id, ...line, items: 1 + rest.length, ...lifecycle });
    }
  }

  private lane(url: string): Lane {
    const known = this.lanes.get(url);
    if (known !== undefined) return known;
    const made: Lane = { waiting: [], health: new EndpointHealth(), inFlight: 0, cancel: undefined };
    this.lanes.set(url, made);
    return made;
  }

  /** Looks at the lane when its next parcel is ready. */
  private plan(url: string, lane: Lane, notBeforeMs = 0): void {
    if (lane.waiting.length === 0) return;
    lane.cancel?.();
    const next = lane.waiting.reduce((least, parcel) => Math.min(least, parcel.readyMs), Number.POSITIVE_INFINITY);
    lane.cancel = this.parts.schedule.at(Math.max(next, notBeforeMs), () => {
      lane.cancel = undefined;
      this.flush(url, lane);
    });
  }

  private flush(url: string, lane: Lane): void {
    const { tenant, random } = this.parts;
    const now = tenant.clock.ms();
    const { pause, reorder, double } = tenant.settings.notifications;
    const health = lane.health.at(now);
    if (health === 'drop') this.note(lane.waiting.splice(0), { url, status: null, attempt: 0, outcome: 'dropped' });
    if (pause || health === 'slow') {
      this.plan(url, lane, pause ? now + LOOK_AGAIN_MS : lane.health.heldUntilMs);
      return;
    }
    let ready = this.takeReady(url, lane, now);
    if (reorder) ready = shuffled(ready, random);
    while (ready.length > 0 && lane.inFlight < MOST_IN_FLIGHT) {
      const batch = ready.splice(0, MOST_PER_POST);
      this.send(url, batch, 1);
      if (random.next() < double) this.send(url, batch, 1);
    }
    lane.waiting.unshift(...ready);
    this.plan(url, lane, now + LOOK_AGAIN_MS);
  }

  /** What may go now. What belongs to a subscription that is gone, or has waited four hours, goes nowhere. */
  private takeReady(url: string, lane: Lane, now: number): Parcel[] {
    const ready: Parcel[] = [];
    const kept: Parcel[] = [];
    const ended: Parcel[] = [];
    for (const parcel of lane.waiting) {
      const tooOld = now - parcel.sinceMs > LONGEST_TRY_MS;
      if (!this.isLive(parcel) || tooOld) ended.push(parcel);
      else if (parcel.readyMs <= now && this.isAuthorized(parcel, now)) ready.push(parcel);
      else kept.push(parcel);
    }
    lane.waiting.splice(0, lane.waiting.length, ...kept);
    this.note(ended, { url, status: null, attempt: 0, outcome: 'given up' });
    return ready;
  }

  private send(url: string, batch: readonly Parcel[], attempt: number): void {
    if (this.closing.signal.aborted) return;
    const work = this.attempt(url, batch, attempt).finally(() => this.running.delete(work));
    this.running.add(work);
  }

  private async attempt(url: string, batch: readonly Parcel[], attempt: number): Promise<void> {
    const lane = this.lane(url);
    const { clock } = this.parts.tenant;
    lane.inFlight += 1;
    const timeoutMs = attempt === 1 ? FIRST_TIMEOUT_MS : RETRY_TIMEOUT_MS;
    const items = batch.map((parcel) => parcel.item);
    const { status, tookMs } = await post(url, items, { timeoutMs, closing: this.closing.signal });
    lane.inFlight -= 1;
    if (this.closing.signal.aborted) return;
    lane.health.note({ atMs: clock.ms(), tookMs });
    const delivered = status !== null && status >= 200 && status < 300;
    this.note(batch, { url, status, attempt, outcome: delivered ? 'delivered' : 'failed' });
    if (!delivered) this.retry(url, batch, attempt);
  }

  /** Again after a gap that grows, for four hours from the change, as long as the subscription lives. */
  private retry(url: string, batch: readonly Parcel[], attempt: number): void {
    const gap = Math.min(FIRST_GAP_MS * 2 ** (attempt - 1), LONGEST_GAP_MS);
    const { clock } = this.parts.tenant;
    this.parts.schedule.at(clock.ms() + gap, () => {
      const now = clock.ms();
      const wanted = batch.filter((parcel) => this.isLive(parcel) && now - parcel.sinceMs <= LONGEST_TRY_MS);
      const ended = batch.filter((parcel) => !wanted.includes(parcel));
      this.note(ended, { url, status: null, attempt: 0, outcome: 'given up' });
      const allowed = wanted.filter((parcel) => this.isAuthorized(parcel, now));
      if (allowed.length > 0) this.send(url, allowed, attempt + 1);
      const held = wanted.filter((parcel) => !allowed.includes(parcel));
      this.add(url, held);
    });
  }

  /** A lifecycle event outlives its subscription: `subscriptionRemoved` is told after the fact. */
  private isLive(parcel: Parcel): boolean {
    return parcel.lifecycle !== undefined || this.parts.store.get(parcel.subscription.id) !== undefined;
  }

  private isAuthorized(parcel: Parcel, now: number): boolean {
    return parcel.lifecycle !== undefined || parcel.subscription.authorizedUntilMs > now;
  }
}
