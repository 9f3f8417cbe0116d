import { z } from 'zod';
import {
  ANSWER_LIFE_MS,
  RESERVATION_MS,
  type IdempotencyStore,
  type RequestOnce,
  type Reservation,
  type Taken,
} from '../engine/idempotency.ts';
import type { StoredAnswer } from '../engine/model.ts';
import { StorageError } from '../errors.ts';
import { plus, type Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import { checkColumns, literal, pack } from './columns.ts';
import { answerSchema, decodeRow, textOf } from './decode.ts';
import { keyPart } from './keys.ts';
import { removeVersion, swapRow } from './swap.ts';
import { rowVersion, type NewRow, type Table } from './table.ts';

/** Tries to take a key that others take and give back meanwhile. */
const TRIES = 10;
/** Rows removed by one call: the rest is for the next one. */
const MOST_DROPPED = 20_000;

const rowSchema = z.object({
  bodyHash: z.string(),
  /** Of a reservation. */
  owner: z.string().optional(),
  /** Null = a reservation. */
  answer: answerSchema.nullable(),
});

/** Table `idempotency`: a partition for each of the 64 first characters of a hash. */
export class TableIdempotencyStore implements IdempotencyStore {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(table: Table, { clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#table = table;
    this.#clock = clock;
    this.#random = random;
  }

  async take(once: RequestOnce): Promise<Taken> {
    const { key, bodyHash } = once;
    const owner = this.#random.token(12);
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const now = this.#clock.now();
      const row = rowOf(key, { bodyHash, owner, answer: null }, plus(now, RESERVATION_MS));
      // Nearly always it is new: the insert comes before any reading.
      const inserted = await swapRow(this.#table, this.#random, row, null);
      if (inserted !== null) return { outcome: 'taken', reservation: { key, bodyHash, owner, version: inserted } };
      const found = await this.#table.get(row.partitionKey, row.rowKey);
      if (found === null) continue;
      const until = new Date(textOf(found, 'expiresAt'));
      const stands = decodeRow(rowSchema, 'idempotency', found);
      // Who died may have done what it was asked to: only the same request may go on with that.
      const isAnothers = stands.answer === null && stands.bodyHash !== bodyHash;
      if (until <= now && !isAnothers) {
        const version = await swapRow(this.#table, this.#random, row, rowVersion(found));
        if (version !== null) return { outcome: 'taken', reservation: { key, bodyHash, owner, version } };
        continue;
      }
      if (stands.answer !== null) return { outcome: 'answered', answer: stands.answer };
      return { outcome: 'busy', bodyHash: stands.bodyHash, until };
    }
    throw new StorageError('store.unavailable', 'An Idempotency-Key met too many others');
  }

  async renew(reservation: Reservation): Promise<Reservation | null> {
    const { key, bodyHash, owner, version } = reservation;
    const row = rowOf(key, { bodyHash, owner, answer: null }, plus(this.#clock.now(), RESERVATION_MS));
    const renewed = await swapRow(this.#table, this.#random, row, version);
    if (renewed !== null) return { ...reservation, version: renewed };
    // An earlier renewal of its own may be there, whose answer was lost.
    const found = await this.#table.get(row.partitionKey, row.rowKey);
    const stands = found === null ? null : decodeRow(rowSchema, 'idempotency', found);
    if (found === null || stands?.answer !== null || stands.owner !== owner) return null;
    return { ...reservation, version: rowVersion(found) };
  }

  async read(key: string): Promise<StoredAnswer | null> {
    const { partitionKey, rowKey } = placeOf(key);
    const found = await this.#table.get(partitionKey, rowKey);
    if (found === null || new Date(textOf(found, 'expiresAt')) <= this.#clock.now()) return null;
    return decodeRow(rowSchema, 'idempotency', found).answer;
  }

  async complete(
    { key, bodyHash, version }: Reservation,
    answer: StoredAnswer,
    connectionId: string | null,
  ): Promise<boolean> {
    const about = connectionId === null ? {} : { connectionId };
    const row = { ...rowOf(key, { bodyHash, answer }, plus(new Date(answer.at), ANSWER_LIFE_MS)), ...about };
    return (await swapRow(this.#table, this.#random, row, version)) !== null;
  }

  async release({ key, version }: Reservation): Promise<void> {
    await removeVersion(this.#table, placeOf(key), version);
  }

  async dropOf(connectionId: string): Promise<void> {
    await this.#drop(`connectionId eq ${literal(connectionId)}`, Infinity);
  }

  dropExpired(now: Date): Promise<number> {
    return this.#drop(`expiresAt le ${literal(now.toISOString())}`, MOST_DROPPED);
  }

  async #drop(filter: string, most: number): Promise<number> {
    let dropped = 0;
    for await (const page of this.#table.pages(filter, null)) {
      for (const row of page) {
        // That very version: a key that is taken anew meanwhile stays taken.
        const keys = { partitionKey: textOf(row, 'partitionKey'), rowKey: textOf(row, 'rowKey') };
        if (await removeVersion(this.#table, keys, rowVersion(row))) dropped++;
      }
      if (dropped >= most) break;
    }
    return dropped;
  }
}

const placeOf = (key: string): { readonly partitionKey: string; readonly rowKey: string } => ({
  partitionKey: keyPart(key.slice(0, 1)),
  rowKey: keyPart(key),
});

function rowOf(key: string, value: z.input<typeof rowSchema>, expiresAt: Date): NewRow {
  const columns = { expiresAt: expiresAt.toISOString(), ...pack(value) };
  checkColumns(columns);
  return { ...placeOf(key), ...columns };
}
