import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { families } from '../../shared/api/families/all.ts';
import { describeApi } from '../../shared/api/reference/describe-api.ts';
import { operationIdOf } from '../../shared/api/audit/operations.ts';
import { answer } from '../../shared/api/router/create-router.ts';
import type { KeepingOf } from '../../shared/api/router/describe-route.ts';
import { readApiDocument, type ApiDocument } from '../support/api-contract.ts';
import { apiPorts, KEY } from '../support/api-ports.ts';
import { chooseFunction, readRegistrations, type Registration } from '../support/registrations.ts';

let registrations: readonly Registration[];
beforeAll(async () => {
  registrations = await readRegistrations();
});

const ports = apiPorts();
const document = readApiDocument(describeApi(ports));

interface Write {
  readonly method: string;
  readonly path: string;
  readonly operation: NonNullable<ApiDocument['paths'][string]['post']>;
}

/** Every route that writes and asks for a key of API_KEYS. */
const writes: Write[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([method, operation]) => method !== 'get' && operation.security === undefined)
    .map(([method, operation]) => ({ method, path, operation })),
);

describe('every route that writes', () => {
  it('is among these', () => {
    expect(writes.length).toBeGreaterThan(4);
  });

  it.each(writes)('$method $path declares the Idempotency-Key and its refusals', ({ operation }) => {
    const header = (operation.parameters ?? []).find((one) => one.in === 'header');
    expect(header).toMatchObject({ name: 'idempotency-key', required: false });
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '409', '422']));
    const success = Object.entries(operation.responses).find(([status]) => status.startsWith('2'));
    expect(success?.[1]['headers']).toHaveProperty('Idempotency-Replayed');
  });

  it.each(writes)(
    '$method $path holds the Idempotency-Key to its bounds',
    async ({ method, path }) => {
      const address = path.replaceAll(/\{\w+\}/g, 'a-1');
      const name = chooseFunction(registrations, method.toUpperCase(), address);
      const headers = {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        'idempotency-key': 'x'.repeat(256),
      };
      const request = { method: method.toUpperCase(), headers, body: '{}' };
      const response = await families[name ?? '']?.(ports).request(address, request);
      expect(response?.status).toBe(400);
      expect(await response?.text()).toContain('header.idempotency-key');
    },
    30_000,
  );

  it('has an operation id of its own', () => {
    const ids = writes.map(({ operation }) => operation['operationId']);
    expect(new Set(ids).size).toBe(writes.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
  });
});

describe('a body', () => {
  const bodies = writes.flatMap(({ operation }) => {
    const body = z.object({ required: z.boolean().default(false) }).safeParse(operation['requestBody']).data;
    return body === undefined ? [] : [[operation['operationId'], body.required] as const];
  });

  it('of which all may be left out may be left out itself, as it is described', () => {
    const free = bodies.filter(([, required]) => !required).map(([id]) => String(id));
    expect(free.toSorted()).toEqual(
      [
        ...['acceptEvent', 'cancelEvent', 'declineEvent', 'tentativeEvent'],
        ...['createCalendarFeed', 'rotateEndpointSecret', 'syncConnection'],
      ].toSorted(),
    );
    expect(bodies.length).toBeGreaterThan(free.length + 10);
  });
});

describe('what a route keeps secret', () => {
  it('can only be a member of its answer', () => {
    const responses = { 201: answer('It', z.object({ id: z.string(), secret: z.string().optional() })) };
    const keeping: KeepingOf<{ responses: typeof responses }> = { secrets: ['secret'] };
    expect(responses[201].content['application/json'].schema.shape).toHaveProperty(keeping.secrets?.[0] ?? '');
    expectTypeOf<NonNullable<KeepingOf<{ responses: typeof responses }>['secrets']>>().toEqualTypeOf<
      readonly ('id' | 'secret')[]
    >();
  });
});

describe('operation ids', () => {
  it('name every route, each by its own', () => {
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((operation) => operation['operationId']),
    );
    expect(ids.length).toBeGreaterThan(writes.length);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
  });

  it('are made of method and path where a route has none of its own', () => {
    expect(operationIdOf('post', '/api/endpoints')).toBe('postEndpoints');
    expect(operationIdOf('POST', '/api/deliveries/{id}/retry')).toBe('postDeliveryRetry');
    expect(operationIdOf('patch', '/api/connections/{id}/messages/{messageId}')).toBe('patchConnectionMessage');
    expect(operationIdOf('post', '/api/endpoints/{id}/rotate-secret')).toBe('postEndpointRotateSecret');
  });
});
