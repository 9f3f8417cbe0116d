import { readdirSync } from 'node:fs';
import { OpenAPIHono } from '@hono/zod-openapi';
import { beforeAll, describe, expect, it } from 'vitest';
import { families } from '../../shared/api/families/all.ts';
import { describeApi } from '../../shared/api/reference/describe-api.ts';
import { openRoutes } from '../../shared/api/reference/open-routes.ts';
import { readApiDocument } from '../support/api-contract.ts';
import { chooseFunction, readRegistrations, type Registration } from '../support/registrations.ts';
import { apiPorts } from '../support/api-ports.ts';

let registrations: readonly Registration[];
beforeAll(async () => {
  registrations = await readRegistrations();
});

const http = (): Registration[] => registrations.filter((one) => one.type === 'httpTrigger');

interface Documented {
  readonly family: string;
  readonly method: string;
  readonly path: string;
}

function documented(): Documented[] {
  return Object.entries(families).flatMap(([family, build]) => {
    const whole = new OpenAPIHono();
    whole.route('/', build(apiPorts()));
    return whole.openAPIRegistry.definitions.flatMap((definition) =>
      definition.type === 'route'
        ? [{ family, method: definition.route.method.toUpperCase(), path: definition.route.path }]
        : [],
    );
  });
}

const sample = (path: string): string => path.replaceAll(/\{\w+\}/g, 'a-1');

describe('every operation', () => {
  it('describes the failure that nobody foresaw', () => {
    const { paths } = readApiDocument(describeApi(apiPorts()));
    const silent = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) => ('500' in responses ? [] : [`${method} ${path}`])),
    );
    expect(silent).toEqual([]);
  });
});

describe('routes as the host chooses', () => {
  it.each(documented())('$method $path reaches $family', ({ family, method, path }) => {
    expect(chooseFunction(registrations, method, sample(path))).toBe(family);
  });

  it.each([
    ['/api/oauth/microsoft/login', 'oauthLogin'],
    ['/api/oauth/microsoft/callback', 'oauthCallback'],
    ['/api/health', 'health'],
    ['/api/docs', 'docs'],
    ['/api/webhooks/graph', 'webhookGraph'],
    ['/api/webhooks/graph/lifecycle', 'webhookGraphLifecycle'],
  ])('%s reaches %s', (path, name) => {
    expect(chooseFunction(registrations, 'GET', path)).toBe(name);
  });

  it('documents the open routes at paths that have a function', () => {
    for (const { path } of openRoutes) expect(chooseFunction(registrations, 'GET', path)).not.toBeNull();
  });

  it('documents what each function serves', () => {
    const paths = [...documented(), ...openRoutes].map(
      ({ method, path }) => [method.toUpperCase(), sample(path)] as const,
    );
    const reached = paths.map(([method, path]) => chooseFunction(registrations, method, path));
    expect(
      http()
        .map(({ name }) => name)
        .filter((name) => !reached.includes(name)),
    ).toEqual([]);
  });

  it('leaves no method to a bare 404 of the host', () => {
    for (const { name, methods } of http())
      expect(methods, name).toEqual(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);
  });

  it('names functions and routes as the host accepts them', () => {
    const names = registrations.map((one) => one.name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    for (const { name, route } of registrations) {
      expect(name).toMatch(/^[a-z][a-z0-9_-]{0,127}$/i);
      expect(route ?? '').not.toMatch(/^(admin|runtime)/);
    }
  });

  it('keeps every catch-all clear of other routes', () => {
    for (const { name, route } of http()) {
      const prefix = /^(.*)\/\{\*\w+\}$/.exec(route ?? '')?.[1];
      if (prefix === undefined) continue;
      const others = http().filter((one) => one.name !== name && (one.route ?? '').startsWith(`${prefix}/`));
      expect(others, name).toEqual([]);
    }
  });
});

describe('the entry', () => {
  it('imports every function file', () => {
    const files = ['http', 'queues', 'timers'].flatMap((folder) => readdirSync(`functions/${folder}`));
    expect(registrations.length).toBe(files.length);
  });

  it('has the timers and queues of the contract', () => {
    const names = registrations.map((one) => one.name);
    expect(names).toEqual(
      expect.arrayContaining([
        ...['emailSync', 'contactSync', 'calendarSync', 'taskSync', 'bookingSync'],
        ...['subscriptionRenewal', 'housekeeping', 'statistics'],
      ]),
    );
  });
});
