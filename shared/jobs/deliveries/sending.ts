import type { Connection } from '../../engine/connection.ts';
import { deliveryId } from '../../engine/delivery-id.ts';
import type { Delivery, DeliveryAgain, DeliveryCursor, VersionedEndpoint } from '../../engine/delivery-ports.ts';
import { givenUp, matchesTypes } from '../../engine/delivery-rules.ts';
import type { Change } from '../../engine/model.ts';
import { FenceLostError } from '../../errors.ts';
import { plus } from '../../lib/clock.ts';
import { attemptChange, recordOf, type Attempt } from './attempt.ts';
import { isFailing, mayBeSent, noteFailure, noteSuccess } from './judge-endpoint.ts';
import type { Line } from './open-line.ts';
import type { DeliverPorts } from './ports.ts';

/** What is done is committed after so many deliveries or so long, whichever comes first: a crash repeats no more than that. */
const COMMIT_AFTER = 20;
const COMMIT_EVERY_MS = 2_000;
/** Longer than one delivery and its commit may take. */
const SHORTEST_CLAIM_MS = 30_000;

export const claimMs = (ports: DeliverPorts): number => Math.max(SHORTEST_CLAIM_MS, ports.config.sync.leaseMs);

/** What comes after one step: `on` = the next one; `waits` = it is tried again later; `endpoint` = the endpoint must rest, or is paused. */
export type Step = 'on' | 'waits' | 'endpoint';

/** The holder of the claim of one feed at one endpoint: what it has sent, and what of it is committed. */
export class Sending {
  readonly #ports: DeliverPorts;
  readonly #connection: Connection;
  readonly #owner: string;
  endpoint: VersionedEndpoint;
  cursor: DeliveryCursor;
  #version: string;
  #records = new Map<string, Delivery>();
  #put: DeliveryAgain[] = [];
  #removed: DeliveryAgain[] = [];
  #committedAt: number;
  delivered = 0;
  refused = 0;

  private constructor(
    ports: DeliverPorts,
    given: { readonly connection: Connection; readonly owner: string },
    stands: { readonly endpoint: VersionedEndpoint; readonly cursor: DeliveryCursor; readonly version: string },
  ) {
    this.#ports = ports;
    this.#connection = given.connection;
    this.#owner = given.owner;
    this.endpoint = stands.endpoint;
    this.cursor = stands.cursor;
    this.#version = stands.version;
    this.#committedAt = ports.clock.now().getTime();
  }

  /** Takes the claim; null where another worker was first. */
  static async claim(
    ports: DeliverPorts,
    line: Line,
    given: { readonly connection: Connection; readonly owner: string },
  ): Promise<Sending | null> {
    const claim = { owner: given.owner, until: plus(ports.clock.now(), claimMs(ports)).toISOString() };
    const cursor = { ...line.cursor, claim, behind: false };
    try {
      const version = await ports.deliveries.commit({ cursor, version: line.version, records: [] });
      return new Sending(ports, given, { endpoint: line.endpoint, cursor, version });
    } catch (error) {
      if (error instanceof FenceLostError) return null;
      throw error;
    }
  }

  /** True where what was done should be committed before more is. */
  get isFull(): boolean {
    const done = this.#records.size + this.#removed.length;
    return done >= COMMIT_AFTER || this.#ports.clock.now().getTime() - this.#committedAt >= COMMIT_EVERY_MS;
  }

  get maySend(): boolean {
    return mayBeSent(this.endpoint.endpoint);
  }

  /** Commits what was done, keeps the claim, and looks whether the endpoint still wants more. Throws FenceLostError. */
  async checkpoint(): Promise<void> {
    const until = plus(this.#ports.clock.now(), claimMs(this.#ports)).toISOString();
    await this.#commit({ claim: { owner: this.#owner, until } });
    const found = await this.#ports.endpoints.read(this.cursor.endpointId);
    const deletedAt = this.#ports.clock.now().toISOString();
    this.endpoint = found ?? { ...this.endpoint, endpoint: { ...this.endpoint.endpoint, deletedAt } };
  }

  /** The last commit: gives the claim back. Throws FenceLostError. */
  release(behind: boolean): Promise<void> {
    return this.#commit({ claim: null, behind });
  }

  /** Passes over a change that the endpoint does not want to hear of; false where it does. One that waited is given up. */
  async skips(change: Change): Promise<boolean> {
    if (matchesTypes(this.endpoint.endpoint.types, change.type)) return false;
    if (this.cursor.waiting?.seq === change.seq) {
      const stands = await this.#recordOf(this.#idOf(change));
      if (stands !== null) this.#keep(givenUp(stands, 'no longer asked for'));
    }
    this.#moveTo(change);
    return true;
  }

  /** Sends the change that is next in line. */
  async sendNext(change: Change, hurry: boolean): Promise<Step> {
    const waiting = this.cursor.waiting?.seq === change.seq ? this.cursor.waiting : null;
    if (waiting !== null && !hurry && new Date(waiting.nextAttemptAt) > this.#ports.clock.now()) return 'waits';
    const id = this.#idOf(change);
    const stands = waiting === null ? null : await this.#recordOf(id);
    const attempt = await this.#attempt(id, change, waiting);
    if (attempt.answer.outcome === 'delivered') {
      this.#keep(recordOf(this.cursor, change, { stands, attempt, retry: null }));
      this.#moveTo(change);
      this.endpoint = await noteSuccess(this.#ports, this.endpoint);
      return 'on';
    }
    this.endpoint = await noteFailure(this.#ports, this.endpoint, attempt.answer, this.cursor);
    return this.#refusedNext(change, { stands, attempt, waiting });
  }

  /** What a paused endpoint did not take is not given up: it stands first in line when it is resumed. */
  #refusedNext(
    change: Change,
    given: {
      readonly stands: Delivery | null;
      readonly attempt: Attempt;
      readonly waiting: DeliveryCursor['waiting'];
    },
  ): Step {
    const { stands, attempt, waiting } = given;
    const retry = attempt.retry ?? (this.maySend ? null : waiting);
    this.#keep(recordOf(this.cursor, change, { stands, attempt, retry }));
    if (retry === null) this.#moveTo(change);
    else this.cursor = { ...this.cursor, waiting: { ...retry, deliveryId: this.#idOf(change) } };
    if (!this.maySend || isFailing(this.endpoint.endpoint)) return 'endpoint';
    return retry === null ? 'on' : 'waits';
  }

  /** Sends one that was asked for again; null = the feed no longer keeps it. */
  async sendAgain(again: DeliveryAgain, change: Change | null): Promise<Step> {
    const stands = await this.#recordOf(again.deliveryId);
    if (change === null || stands === null || isStale(again, stands)) {
      if (change === null && stands !== null) this.#keep(givenUp(stands, 'no longer in the feed'));
      this.#removed.push(again);
      return 'on';
    }
    const attempt = await this.#attempt(again.deliveryId, change, again);
    const isDelivered = attempt.answer.outcome === 'delivered';
    if (attempt.answer.outcome === 'refused')
      this.endpoint = await noteFailure(this.#ports, this.endpoint, attempt.answer, this.cursor);
    const retry = isDelivered ? null : (attempt.retry ?? (this.maySend ? null : again));
    this.#keep(recordOf(this.cursor, change, { stands, attempt, retry }));
    this.#removed.push(again);
    if (retry !== null) this.#put.push({ ...retry, deliveryId: again.deliveryId });
    if (isDelivered) this.endpoint = await noteSuccess(this.#ports, this.endpoint);
    return !this.maySend || isFailing(this.endpoint.endpoint) ? 'endpoint' : 'on';
  }

  async #attempt(id: string, change: Change, before: Parameters<typeof attemptChange>[1]['before']): Promise<Attempt> {
    const given = { endpoint: this.endpoint.endpoint, connection: this.#connection, id, change, before };
    const attempt = await attemptChange(this.#ports, given);
    if (attempt.answer.outcome === 'delivered') this.delivered++;
    else this.refused++;
    return attempt;
  }

  #idOf({ seq, at }: Change): string {
    return deliveryId({ ...this.cursor, seq, at });
  }

  /** As it stands, with what is not committed yet. */
  async #recordOf(id: string): Promise<Delivery | null> {
    return this.#records.get(id) ?? (await this.#ports.deliveries.read(id));
  }

  /** One row of the next commit for each delivery: one may be passed over in its line and be asked for again. */
  #keep(record: Delivery): void {
    this.#records.set(record.id, record);
  }

  #moveTo(change: Change): void {
    this.cursor = { ...this.cursor, seq: change.seq, waiting: null, gap: null };
  }

  async #commit(more: Partial<DeliveryCursor>): Promise<void> {
    const cursor = { ...this.cursor, ...more };
    const again = { put: this.#put, remove: this.#removed };
    this.#version = await this.#ports.deliveries.commit({
      cursor,
      version: this.#version,
      records: [...this.#records.values()],
      again,
    });
    this.cursor = cursor;
    this.#records = new Map();
    this.#put = [];
    this.#removed = [];
    this.#committedAt = this.#ports.clock.now().getTime();
  }
}

/** A request beside which another one brings its delivery by now, or has brought it. */
const isStale = ({ nextAttemptAt }: DeliveryAgain, stands: Delivery): boolean =>
  stands.status === 'delivered' || (stands.status === 'pending' && stands.nextAttemptAt !== nextAttemptAt);
