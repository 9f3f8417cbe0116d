import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeApi } from '../../shared/api/reference/describe-api.ts';
import { families } from '../../shared/api/families/all.ts';
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
