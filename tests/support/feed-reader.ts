import { z } from 'zod';
import { until } from '../../infra/local/demo/wait.ts';
import type { StackWorld } from './stack-world.ts';

const item = z.looseObject({
  seq: z.number(),
  type: z.string(),
  domain: z.string(),
  id: z.string().nullable(),
  graphId: z.string().nullable(),
  cause: z.string(),
  changed: z.array(z.string()),
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()).nullable(),
  at: z.string(),
});
export type FeedItem = z.output<typeof item>;

const page = z.object({ items: z.array(item), nextCursor: z.string() });
export type FeedPage = z.output<typeof page>;

/** Follows the feed of a connection as an application does: each page with the cursor of the one before. */
export class FeedReader {
  readonly #world: StackWorld;
  readonly #path: string;
  /** Where it stands; `''` = before the oldest. */
  cursor: string;

  constructor(
    world: StackWorld,
    connectionId: string,
    options: { readonly domain?: string; readonly after?: string } = {},
  ) {
    const domain = options.domain === undefined ? '' : `&domain=${options.domain}`;
    this.#world = world;
    this.#path = `/connections/${connectionId}/changes?limit=200${domain}`;
    this.cursor = options.after ?? '';
  }

  /** A reader that begins with what comes from now on. */
  static async latest(world: StackWorld, connectionId: string, domain?: string): Promise<FeedReader> {
    const reader = new FeedReader(world, connectionId, {
      after: 'latest',
      ...(domain === undefined ? {} : { domain }),
    });
    await reader.page();
    return reader;
  }

  async page(): Promise<FeedPage> {
    const after = this.cursor === '' ? '' : `&after=${encodeURIComponent(this.cursor)}`;
    const read = await this.#world.get(page, `${this.#path}${after}`);
    this.cursor = read.nextCursor;
    return read;
  }

  /** Everything up to the end of now. */
  async rest(): Promise<FeedItem[]> {
    const items: FeedItem[] = [];
    for (;;) {
      const read = await this.page();
      if (read.items.length === 0) return items;
      items.push(...read.items);
    }
  }

  /** Everything up to the page with a row of this type (and of this message). */
  async until(
    type: string,
    graphId?: string,
  ): Promise<{ readonly found: FeedItem; readonly items: readonly FeedItem[] }> {
    const items: FeedItem[] = [];
    const found = await until(`${type} in the feed`, async () => {
      items.push(...(await this.page()).items);
      return items.find((one) => one.type === type && (graphId === undefined || one.graphId === graphId));
    }, 20_000); // prettier-ignore
    return { found, items };
  }
}
