import { GraphError } from '../http.ts';
import type { Caller, Tenant } from '../tenant.ts';
import type { Subscription } from './subscription.ts';

/** Over all apps. */
const MOST_PER_MAILBOX = 1000;

/** The live subscriptions. One whose time is over is gone, whoever asks. */
export class SubscriptionStore {
  private readonly tenant: Tenant;
  private readonly byId = new Map<string, Subscription>();

  constructor(tenant: Tenant) {
    this.tenant = tenant;
  }

  all(): readonly Subscription[] {
    const now = this.tenant.clock.ms();
    for (const one of [...this.byId.values()]) if (one.expiresMs <= now) this.byId.delete(one.id);
    return [...this.byId.values()];
  }

  get(id: string): Subscription | undefined {
    const found = this.byId.get(id);
    return found !== undefined && found.expiresMs > this.tenant.clock.ms() ? found : undefined;
  }

  /** Those that the caller may see: its app's, and with a user's token only that user's. */
  visibleTo(caller: Caller): readonly Subscription[] {
    return this.all().filter((one) => isOwn(one, caller));
  }

  /** @throws GraphError 404 for one that is gone, or is another's. */
  own(id: string, caller: Caller): Subscription {
    const found = this.get(id);
    if (found === undefined || !isOwn(found, caller))
      throw new GraphError(404, 'ResourceNotFound', 'The object was not found.');
    return found;
  }

  /** @throws GraphError 409 the same is there already, 403 the mailbox has a thousand. */
  checkRoom(wanted: Pick<Subscription, 'clientId' | 'target' | 'changeTypes'>): void {
    const all = this.all();
    const same = all.find((one) => combination(one) === combination(wanted));
    if (same !== undefined) {
      throw new GraphError(409, 'Conflict', `Subscription Id ${same.id} already exists for the requested combination`);
    }
    if (all.filter((one) => one.target.userId === wanted.target.userId).length >= MOST_PER_MAILBOX) {
      throw new GraphError(
        403,
        'Forbidden',
        `The mailbox has reached its quota of ${MOST_PER_MAILBOX} active subscriptions.`,
      );
    }
  }

  add(subscription: Subscription): void {
    this.byId.set(subscription.id, subscription);
  }

  remove(id: string): void {
    this.byId.delete(id);
  }
}

function isOwn(subscription: Subscription, caller: Caller): boolean {
  if (subscription.clientId !== caller.app.clientId) return false;
  return caller.user === undefined || subscription.creator === caller.user.id;
}

function combination({
  clientId,
  target,
  changeTypes,
}: Pick<Subscription, 'clientId' | 'target' | 'changeTypes'>): string {
  return [clientId, target.userId, target.resource, target.folder ?? '', [...changeTypes].sort().join(',')].join('|');
}
