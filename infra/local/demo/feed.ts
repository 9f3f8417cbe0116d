import { z } from 'zod';
import type { ApiClient } from './client.ts';
import type { Report } from './report.ts';
import { until } from './wait.ts';

/** A change of which Microsoft tells must come through within this. */
const LIMIT_MS = 2_000;

const change = z.object({ type: z.string(), graphId: z.string().nullable(), cause: z.string() });
const feedPage = z.object({ items: z.array(change), nextCursor: z.string() });

/** Follows the feed of a connection, as an application would. */
export class Feed {
  readonly #api: ApiClient;
  readonly #path: string;
  #cursor: string;

  private constructor(api: ApiClient, path: string, cursor: string) {
    this.#api = api;
    this.#path = path;
    this.#cursor = cursor;
  }

  /** From now on. */
  static async open(api: ApiClient, connectionId: string): Promise<Feed> {
    const path = `/connections/${connectionId}/changes`;
    return new Feed(api, path, (await api.request(feedPage, `${path}?after=latest`)).nextCursor);
  }

  /** Does something to an item, answers its Graph id, and tells how soon the feed said so; what is polled may take longer. */
  async timed(
    report: Report,
    what: string,
    { act, type, limitMs = LIMIT_MS }: { act: () => Promise<string>; type: string; limitMs?: number },
  ): Promise<string> {
    const start = performance.now();
    const graphId = await act();
    const cause = await this.#await(type, graphId);
    const took = performance.now() - start;
    report.say(what, `${type} (${cause}) after ${Math.round(took)} ms`, took < limitMs);
    return graphId;
  }

  #await(type: string, graphId: string): Promise<string> {
    const ask = async (): Promise<string | null> => {
      const page = await this.#api.request(feedPage, `${this.#path}?after=${encodeURIComponent(this.#cursor)}`);
      this.#cursor = page.nextCursor;
      return page.items.find((item) => item.type === type && item.graphId === graphId)?.cause ?? null;
    };
    return until(`${type} in the feed`, ask, 30_000);
  }
}
