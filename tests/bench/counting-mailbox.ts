import { z } from 'zod';
import type { Domain, Kind } from '../../shared/engine/domain.ts';
import type { RemotePage, Source } from '../../shared/engine/ports.ts';

const item = z.object({ id: z.string(), version: z.number() });

/** A mailbox of one message in memory, whose only property counts its changes. No network, no account. */
export class CountingMailbox implements Source {
  version = 0;
  #held: { readonly entered: () => void; readonly opened: Promise<unknown> } | null = null;

  /** Holds the next page back: `entered` once it is asked for, answered after `open`. */
  hold(): { readonly entered: Promise<unknown>; readonly open: () => void } {
    const [entered, opened] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const resolve =
      ({ resolve: done }: typeof entered) =>
      (): void => {
        done(undefined);
      };
    this.#held = { entered: resolve(entered), opened: opened.promise };
    return { entered: entered.promise, open: resolve(opened) };
  }

  async page(at: string | { readonly path: string }): Promise<RemotePage> {
    // What it says is what stood when it was asked: what changes while it is held, it does not know.
    const page = this.pageNow(at);
    const held = this.#held;
    this.#held = null;
    held?.entered();
    await held?.opened;
    return page;
  }

  private pageNow(at: string | { readonly path: string }): RemotePage {
    const known = typeof at === 'string' ? Number(at) : -1;
    const items = this.version > known ? [this.message()] : [];
    return { items, next: null, delta: String(this.version) };
  }

  get(): Promise<unknown> {
    return Promise.resolve(this.message());
  }

  getMany(paths: readonly string[]): ReturnType<Source['getMany']> {
    return Promise.resolve(paths.map(() => ({ outcome: 'found' as const, raw: this.message() })));
  }

  async *list(): AsyncGenerator<readonly unknown[]> {
    yield await Promise.resolve([this.message()]);
  }

  media(): Promise<never> {
    return Promise.reject(new Error('it holds none'));
  }

  write(): Promise<unknown> {
    return Promise.reject(new Error('nothing is written to it'));
  }

  private message(): z.output<typeof item> {
    return { id: 'message', version: this.version };
  }
}

const message: Kind = {
  name: 'message',
  feed: true,
  placeOf: () => 'inbox',
  decode: (raw) => {
    const { id, version } = item.parse(raw);
    return { type: 'item', graphId: id, etag: null, modifiedAt: null, fields: { version }, partial: false };
  },
  defaults: { version: 0 },
  index: (record) => [{ order: 'm:', id: record.id, item: record.fields, columns: {} }],
  show: (record) => record.fields,
  placeFields: [],
  quietFields: [],
  shrink: (fields) => fields,
  itemPath: (graphId) => `/me/messages/${graphId}`,
};

/** The domain of such mailboxes, under the name of mail, so that everything but the mailbox is the product's own. */
export const countingDomain: Domain = {
  name: 'mail',
  namedKind: 'message',
  policy: 'remote',
  kinds: () => ({ message }),
  leftDetails: () => ({}),
  push: { push: () => Promise.reject(new Error('nothing is pushed')) },
  plan: () =>
    Promise.resolve([
      {
        ...{
          id: 'inbox',
          kind: 'message',
          label: 'Inbox',
          root: true,
          expected: null,
          idsPath: null,
          containerPath: null,
        },
        first: { path: '/me/messages/delta' },
      },
    ]),
};
