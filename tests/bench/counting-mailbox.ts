import { z } from 'zod';
import type { Domain, Kind } from '../../shared/engine/domain.ts';
import type { RemotePage, Source } from '../../shared/engine/ports.ts';

const item = z.object({ id: z.string(), version: z.number() });

/** A mailbox of one message in memory, whose only property counts its changes. No network, no account. */
export class CountingMailbox implements Source {
  version = 0;

  page(at: string | { readonly path: string }): Promise<RemotePage> {
    const known = typeof at === 'string' ? Number(at) : -1;
    const items = this.version > known ? [this.message()] : [];
    return Promise.resolve({ items, next: null, delta: String(this.version) });
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
