import { randomUUID } from 'node:crypto';
import { z } from 'zod';

const listed = z.array(
  z.object({
    id: z.string(),
    userId: z.string(),
    resource: z.string(),
    clientState: z.string().nullable(),
    notificationUrl: z.string(),
    lifecycleNotificationUrl: z.string().nullable(),
  }),
);
type Subscription = z.output<typeof listed>[number];

const LOST = 0.2;
const TWICE = 0.2;
const LATE = 0.15;
const FROM_OLD = 0.2;

/** Numbers in [0, 1), the same ones for the same seed. */
export function drawn(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whose notifications are brought, and the way to the tenant's control. */
interface Addressee {
  readonly objectId: string;
  readonly world: { control(method: string, path: string, body?: unknown): Promise<unknown> };
}

/**
 * Brings the notifications of one mailbox in Graph's place (its own are lost): a fifth is lost, a fifth comes twice, some
 * come later, some under a subscription that was replaced since, in any order and packing. What is refused comes again.
 */
export class Courier {
  readonly #mailbox: Addressee;
  readonly #collection: 'Messages' | 'Contacts' | 'Events';
  #waiting: string[] = [];
  readonly #replaced: Subscription[] = [];
  /** Answers that Graph should not get. */
  readonly wrongAnswers: string[] = [];

  constructor(mailbox: Addressee, collection: 'Messages' | 'Contacts' | 'Events' = 'Messages') {
    this.#mailbox = mailbox;
    this.#collection = collection;
  }

  note(ids: readonly string[]): void {
    this.#waiting.push(...ids);
  }

  async deliver(seed: number): Promise<void> {
    const next = drawn(seed);
    const all = await this.#live();
    const current = all.length > 1 ? all[Math.floor(next() * all.length)] : all[0];
    if (current === undefined) return;
    const parcels: string[] = [];
    const kept: string[] = [];
    for (const id of this.#waiting) {
      const luck = next();
      if (luck < LOST) continue;
      if (luck < LOST + LATE) kept.push(id);
      else parcels.push(...(luck < LOST + LATE + TWICE ? [id, id] : [id]));
    }
    this.#waiting = kept;
    const shuffled = parcels.map((id) => ({ id, key: next() })).toSorted((a, b) => a.key - b.key);
    const posts: Promise<boolean>[] = [];
    const burst = next() < 0.5;
    while (shuffled.length > 0) {
      const some = shuffled.splice(0, 1 + Math.floor(next() * 8)).map(({ id }) => id);
      const old = this.#replaced[Math.floor(next() * this.#replaced.length)];
      const sent = this.#post(next() < FROM_OLD && old !== undefined ? old : current, some, next);
      if (burst) posts.push(sent);
      else await sent;
    }
    await Promise.all(posts);
  }

  /** What was noted and not brought yet: somebody else sees to it. */
  takeWaiting(): string[] {
    return this.#waiting.splice(0);
  }

  /** Brings one item at once, under the live subscription or one that was removed (-1 = the last); answers whether it was taken. */
  async bring(id: string, removed?: number): Promise<boolean> {
    const subscription = removed === undefined ? (await this.#live())[0] : this.#replaced.at(removed);
    if (subscription === undefined) throw new Error('there is no subscription');
    return this.#post(subscription, [id], drawn(1));
  }

  /** Tells a lifecycle event. A subscription that is removed is gone before that is told. */
  async lifecycle(event: 'missed' | 'subscriptionRemoved'): Promise<void> {
    const [current] = await this.#live();
    if (current === undefined) return;
    if (event === 'subscriptionRemoved') {
      this.#replaced.push(current);
      await this.#mailbox.world.control('DELETE', `/subscriptions/${current.id}`);
    }
    const { id, clientState, lifecycleNotificationUrl: url } = current;
    const told = { subscriptionId: id, clientState, lifecycleEvent: event, tenantId: randomUUID() };
    if (url !== null)
      await this.#send(url, { ...told, subscriptionExpirationDateTime: '2030-01-01T00:00:00.0000000Z' });
  }

  /** Subscriptions of the mailbox: of messages and events one, of contacts one for each folder. */
  async #live(): Promise<Subscription[]> {
    const all = listed.parse(await this.#mailbox.world.control('GET', '/subscriptions'));
    const { objectId } = this.#mailbox;
    const words = this.#collection.toLowerCase();
    return all.filter(({ userId, resource }) => userId === objectId && resource.toLowerCase().includes(words));
  }

  async #post(subscription: Subscription, ids: readonly string[], next: () => number): Promise<boolean> {
    const items = ids.map((id) => {
      const user = this.#mailbox.objectId;
      const name = this.#collection;
      const resource = next() < 0.3 ? `users('${user}')/${name.toLowerCase()}('${id}')` : `Users/${user}/${name}/${id}`;
      return {
        id: randomUUID(),
        subscriptionId: subscription.id,
        subscriptionExpirationDateTime: '2030-01-01T00:00:00Z',
        clientState: subscription.clientState,
        changeType: next() < 0.5 ? 'updated' : 'created',
        tenantId: randomUUID(),
        resource,
        resourceData: { '@odata.type': `#Microsoft.Graph.${name.slice(0, -1)}`, '@odata.id': resource, id },
      };
    });
    const taken = await this.#send(subscription.notificationUrl, ...items);
    if (!taken) this.#waiting.push(...ids);
    return taken;
  }

  async #send(url: string, ...value: readonly object[]): Promise<boolean> {
    const headers = { 'content-type': 'application/json', connection: 'close' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ value }) });
    await response.arrayBuffer();
    if (![202, 503].includes(response.status)) this.wrongAnswers.push(`a notification was answered ${response.status}`);
    return response.status === 202;
  }
}
