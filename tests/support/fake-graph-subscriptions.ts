import type { Connection } from '../../shared/engine/connection.ts';
import type { RemoteSubscription, RemoteSubscriptions, SubscriptionSources } from '../../shared/engine/remote-ports.ts';
import { ConflictError, GoneError, RejectedError } from '../../shared/errors.ts';
import type { Clock } from '../../shared/lib/clock.ts';

type Request = Parameters<RemoteSubscriptions['create']>[0];

/** Graph's subscriptions of one application in memory, by the rules of graph-facts 4.1; sends nothing. */
export class FakeGraphSubscriptions implements SubscriptionSources {
  readonly live = new Map<string, RemoteSubscription>();
  readonly asked: Request[] = [];
  readonly calls: string[] = [];
  /** Longest life that is granted, in minutes; more than that is refused with 400. */
  longest = 10_080;
  /** Thrown by every call, as long as it is set. */
  failure: Error | null = null;
  readonly #clock: Clock;
  #next = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(connection: Connection): RemoteSubscriptions {
    const user = connection.account.objectId;
    return {
      create: (request) => Promise.resolve().then(() => this.#create(user, request)),
      renew: (id, expiresAt) => Promise.resolve().then(() => this.#renew(id, expiresAt)),
      remove: (id) =>
        Promise.resolve().then(() => {
          this.#note('remove');
          this.live.delete(id);
        }),
      list: () => this.#list(),
    };
  }

  #create(user: string, request: Request): RemoteSubscription {
    this.#note('create');
    this.asked.push(request);
    this.#check(request.expiresAt);
    const same = [...this.live.values()].find(
      (one) => one.resource === request.resource && one.changeType === request.changeType,
    );
    if (same !== undefined) throw new ConflictError('exists', { status: 409, remoteCode: 'Conflict', requestId: null });
    const { resource, changeType, notificationUrl } = request;
    const id = `${user}-subscription-${++this.#next}`;
    const made = { id, resource, changeType, notificationUrl, expiresAt: request.expiresAt.toISOString() };
    this.live.set(id, made);
    return made;
  }

  #renew(id: string, expiresAt: Date): RemoteSubscription {
    this.#note('renew');
    this.#check(expiresAt);
    const found = this.live.get(id);
    if (found === undefined)
      throw new GoneError('gone', { status: 404, remoteCode: 'ResourceNotFound', requestId: null });
    const renewed = { ...found, expiresAt: expiresAt.toISOString() };
    this.live.set(id, renewed);
    return renewed;
  }

  async *#list(): AsyncGenerator<readonly RemoteSubscription[]> {
    this.#note('list');
    for (const one of [...this.live.values()]) yield await Promise.resolve([one]);
  }

  #note(call: string): void {
    this.calls.push(call);
    if (this.failure !== null) throw this.failure;
    const now = this.#clock.now().toISOString();
    for (const one of [...this.live.values()]) if (one.expiresAt <= now) this.live.delete(one.id);
  }

  #check(expiresAt: Date): void {
    const minutes = (expiresAt.getTime() - this.#clock.now().getTime()) / 60_000;
    if (minutes > this.longest)
      throw new RejectedError('too long', { status: 400, remoteCode: 'ExtensionError', requestId: null });
  }
}
