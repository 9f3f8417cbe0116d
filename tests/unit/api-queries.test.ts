import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeApi } from '../../shared/api/reference/describe-api.ts';
import { families } from '../../shared/api/families/all.ts';
import { pageOfWhole } from '../../shared/api/paging.ts';
import { apiPorts, KEY } from '../support/api-ports.ts';
import { readApiDocument, type ApiDocument } from '../support/api-contract.ts';
import { chooseFunction, readRegistrations } from '../support/registrations.ts';

const ports = apiPorts();
const registrations = await readRegistrations();
type Operation = NonNullable<ApiDocument['paths'][string]['get']>;

/** Every route that asks for a key of API_KEYS. */
const routes = Object.entries(readApiDocument(describeApi(ports)).paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([, operation]) => operation.security === undefined)
    .map(([method, operation]): [string, string, Operation] => [method.toUpperCase(), path, operation]),
);
const listed = z.object({
  schema: z.object({ properties: z.record(z.string(), z.unknown()), required: z.array(z.string()) }),
});
const faults = z.object({ errors: z.array(z.object({ path: z.string(), message: z.string() })) });

describe('a query parameter that nobody knows', () => {
  it.each(routes)('is refused by %s %s, which names those that it knows', async (method, path, { parameters = [] }) => {
    const known = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
    const address = path.replaceAll(/\{\w+\}/g, 'a-1');
    const family = families[chooseFunction(registrations, method, address) ?? ''];
    const headers = { authorization: `Bearer ${KEY}` };
    const response = await family?.(ports).request(`${address}?colour=red`, { method, headers });
    expect(response?.status).toBe(400);
    const message = known.length === 0 ? 'is not known here' : `is not known here; known are ${known.join(', ')}`;
    expect(faults.parse(await response?.json()).errors).toContainEqual({ path: 'query.colour', message });
  });
});

/** What answers items, but for the feed of changes, which has bookmarks. */
const lists = routes.filter(([method, path, { responses }]) => {
  const { items } = listed.safeParse(responses['200']?.content?.['application/json']).data?.schema.properties ?? {};
  return method === 'GET' && items !== undefined && !path.endsWith('/changes');
});

describe('a list', () => {
  it('is among these', () => {
    const paths = lists.map(([, path]) => path);
    for (const path of ['/endpoints', '/connections/{id}/calendar-feeds', '/connections/{id}/calendars/stats'])
      expect(paths).toContain(`/api${path}`);
    expect(lists.length).toBeGreaterThan(10);
  });

  it.each(lists)('by %s %s takes limit and cursor, and says where it goes on', (_method, _path, operation) => {
    const known = (operation.parameters ?? []).map(({ name }) => name);
    expect(known).toEqual(expect.arrayContaining(['limit', 'cursor']));
    const { schema } = listed.parse(operation.responses['200']?.content?.['application/json']);
    expect(Object.keys(schema.properties)).toEqual(['items', 'nextCursor']);
    expect(schema.required).toEqual(['items', 'nextCursor']);
  });
});

describe('a list that is at hand whole', () => {
  const all = ['c', 'a', 'e', 'b'];
  const page = (items: readonly string[], cursor?: string) =>
    pageOfWhole(['letters'], items, { placeOf: (item) => item, limit: 2, cursor });

  it('comes in order, page by page, and ends', () => {
    const first = page(all);
    expect(first.items).toEqual(['a', 'b']);
    expect(page(all, first.nextCursor ?? '')).toEqual({ items: ['c', 'e'], nextCursor: null });
    expect(page([])).toEqual({ items: [], nextCursor: null });
  });

  it('goes on behind the last one, whatever was added and taken away meanwhile', () => {
    const { nextCursor } = page(all);
    expect(page(['aa', 'c', 'd', 'e'], nextCursor ?? '').items).toEqual(['c', 'd']);
  });
});
