import { z } from 'zod';
import { LOCAL_API_KEY } from '../stack.ts';

/** Calls an HTTP address with JSON in and out; a status above 299 is thrown with its body. */
export async function call<T>(
  schema: z.ZodType<T>,
  url: string,
  options: { readonly method?: string; readonly body?: unknown; readonly key?: string } = {},
): Promise<T> {
  const response = await fetch(url, {
    method: options.method ?? 'GET',
    headers: {
      ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(
      `${options.method ?? 'GET'} ${new URL(url).pathname} answered ${response.status}: ${text.slice(0, 500)}`,
    );
  return schema.parse(text === '' ? null : JSON.parse(text));
}

const pageOf = <T>(item: z.ZodType<T>): z.ZodType<{ items: T[]; nextCursor: string | null }> =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** The product's API, as an application would call it. */
export class ApiClient {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  request<T>(
    schema: z.ZodType<T>,
    path: string,
    options: { readonly method?: string; readonly body?: unknown } = {},
  ): Promise<T> {
    return call(schema, `${this.#base}${path}`, { ...options, key: LOCAL_API_KEY });
  }

  /** A list to its end: only a null cursor ends it. */
  async all<T>(item: z.ZodType<T>, path: string): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const glue = path.includes('?') ? '&' : '?';
      const page: { items: T[]; nextCursor: string | null } = await this.request(
        pageOf(item),
        `${path}${glue}limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }
}
