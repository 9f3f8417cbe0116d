import { z } from 'zod';
import type { Mailbox } from '../engine/connection.ts';
import { MAILBOX_SLOTS, type SlotLease, type SlotStore } from '../engine/directory-ports.ts';
import type { FirstPage, ItemAnswer, RemotePage, RemoteWrite, Source } from '../engine/ports.ts';
import { isPassing } from '../engine/read-many.ts';
import type { Media } from '../engine/remote-ports.ts';
import { ConnectionError, GoneError, ProtocolError, RemoteError, ThrottledError, TransientError } from '../errors.ts';
import { BATCH_SIZE, readBatch } from './batch.ts';
import type { GraphCaller } from './caller.ts';
import { ownLink } from './origin.ts';

const listSchema = z.object({
  value: z.array(z.unknown()),
  '@odata.nextLink': z.string().nullish(),
  '@odata.deltaLink': z.string().nullish(),
});

/** Of items that are read one by one, failures in a row after which it is not the items that fail. */
const MOST_FAILURES = 3;
/** So long after it was asked for many items it still begins to read single ones. */
const ALONE_MS = 120_000;

/**
 * A mailbox in Graph, under one slot. A batch takes the other three for its time; where they are taken, or a batch fails as a
 * whole, it reads one by one.
 */
export class GraphSource implements Source {
  readonly #caller: GraphCaller;
  readonly #slots: SlotStore;
  readonly #mailbox: Mailbox;

  constructor(caller: GraphCaller, slots: SlotStore, mailbox: Mailbox) {
    this.#caller = caller;
    this.#slots = slots;
    this.#mailbox = mailbox;
  }

  async page(at: string | FirstPage, pageSize: number): Promise<RemotePage> {
    const prefer = `odata.maxpagesize=${pageSize}`;
    const call = typeof at === 'string' ? { link: at, round: true, prefer } : { path: at.path, prefer };
    const page = readList(await this.#caller.call(call));
    const next = page['@odata.nextLink'] ?? null;
    const delta = page['@odata.deltaLink'] ?? null;
    if (next !== null && delta !== null)
      throw new ProtocolError('remote.answer_unreadable', 'A page has one of its two links, not both');
    if (next !== null && next === at) throw repeated();
    // Checked before it is stored, too: a link that leads elsewhere must not become a cursor.
    const link = next ?? delta;
    if (link !== null) ownLink(link, this.#caller.parts.origin);
    return { items: page.value, next, delta };
  }

  async get(path: string): Promise<unknown> {
    const body = await this.#caller.call({ path });
    if (body === null) throw new TransientError('Graph answers a read without a body');
    return body;
  }

  async getMany(paths: readonly string[]): Promise<ItemAnswer[]> {
    const extra = paths.length > 1 ? await this.#slots.take(this.#mailbox, MAILBOX_SLOTS - 1) : null;
    if (extra === null) return this.#oneByOne(paths);
    if (extra.outcome === 'wait') {
      if (extra.resting !== true) return this.#oneByOne(paths);
      const error = new ThrottledError(extra.retryAfterMs);
      return paths.map(() => ({ outcome: 'failed', error }));
    }
    try {
      return await this.#batches(paths, extra.lease);
    } finally {
      await extra.lease.release();
    }
  }

  async *list(path: string): AsyncGenerator<readonly unknown[]> {
    const seen = new Set<string>();
    let page = readList(await this.#caller.call({ path }));
    for (;;) {
      yield page.value;
      const link = page['@odata.nextLink'] ?? null;
      if (link === null) return;
      if (seen.has(link)) throw repeated();
      seen.add(link);
      page = readList(await this.#caller.call({ link, round: false }));
    }
  }

  async media(path: string, largest: number): Promise<Media> {
    return this.#caller.download(path, largest);
  }

  async write(write: RemoteWrite): Promise<unknown> {
    return this.#caller.call(write);
  }

  async #batches(paths: readonly string[], extra: SlotLease): Promise<ItemAnswer[]> {
    const until = this.#now() + ALONE_MS;
    const answers: ItemAnswer[] = [];
    let outage: ItemAnswer | null = null;
    for (let at = 0; at < paths.length; at += BATCH_SIZE) {
      const stop = stopper(answers) ?? outage;
      const chunk = paths.slice(at, at + BATCH_SIZE);
      if (stop !== null) {
        answers.push(...chunk.map(() => stop));
        continue;
      }
      extra.assertHeld();
      const together = await this.#batch(chunk);
      const read = together ?? (await this.#oneByOne(chunk, until));
      answers.push(...read);
      if (together === null && read.every(isPassing)) outage = read.at(-1) ?? null;
    }
    return answers;
  }

  /** Null where it fails as a whole: one odd or slow item may be the cause, and takes nothing from the others (P11). */
  async #batch(paths: readonly string[]): Promise<ItemAnswer[] | null> {
    try {
      const answers: ItemAnswer[] = [];
      for (const [index, one] of (await readBatch(this.#caller, paths)).entries())
        answers.push(one.outcome === 'refused' ? await this.#one(paths[index] ?? '') : one);
      return answers;
    } catch (error) {
      if (error instanceof RemoteError && !isOfMailbox(error)) return null;
      throw error;
    }
  }

  async #oneByOne(paths: readonly string[], until = this.#now() + ALONE_MS): Promise<ItemAnswer[]> {
    const answers: ItemAnswer[] = [];
    for (const path of paths) {
      const stop = stopper(answers) ?? lastOfMany(answers) ?? (this.#now() < until ? null : late());
      answers.push(stop ?? (await this.#one(path)));
    }
    return answers;
  }

  #now(): number {
    return this.#caller.parts.clock.now().getTime();
  }

  async #one(path: string): Promise<ItemAnswer> {
    try {
      return { outcome: 'found', raw: await this.get(path) };
    } catch (error) {
      if (error instanceof GoneError) return { outcome: 'gone' };
      if (error instanceof RemoteError) return { outcome: 'failed', error };
      throw error;
    }
  }
}

/** Of a mailbox at rest, or a grant: no other call would fare better. */
const isOfMailbox = (error: RemoteError): boolean =>
  error instanceof ThrottledError || error instanceof ConnectionError;

/** The failure after which asking for more is of no use (or forbidden): a mailbox at rest, a grant that is dead. */
function stopper(answers: readonly ItemAnswer[]): ItemAnswer | null {
  const found = answers.find(
    (answer) =>
      answer.outcome === 'failed' &&
      (answer.error instanceof ThrottledError ||
        (answer.error instanceof ConnectionError && answer.error.reason !== 'access_denied')),
  );
  return found ?? null;
}

/** The last one of so many in a row that cannot be read for now that nobody is asked for the next one. */
function lastOfMany(answers: readonly ItemAnswer[]): ItemAnswer | null {
  const last = answers.slice(-MOST_FAILURES);
  return last.length === MOST_FAILURES && last.every(isPassing) ? (last.at(-1) ?? null) : null;
}

const late = (): ItemAnswer => ({ outcome: 'failed', error: new TransientError('Not asked for: too slow for more') });

function readList(body: unknown): z.output<typeof listSchema> {
  if (body === null) throw new TransientError('Graph answers a list without a body');
  const list = listSchema.safeParse(body);
  if (list.success) return list.data;
  throw new ProtocolError('remote.answer_unreadable', 'A list of unknown shape');
}

const repeated = (): ProtocolError => new ProtocolError('remote.link_repeated', 'A page leads back to itself');
