import { HttpRequest, InvocationContext } from '@azure/functions';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { endpoint } from '../../functions/endpoint.ts';
import { job } from '../../functions/job.ts';
import { stackSettings } from '../../infra/local/stack.ts';
import { getApp, type App } from '../../shared/app.ts';
import { noSlot } from '../../shared/graph/subscriptions.ts';
import { newConnection } from '../support/job-world.ts';

const nowhere = 'http://127.0.0.1:9';
const parts = { storage: 'UseDevelopmentStorage=true', vault: nowhere, authority: nowhere, graph: nowhere, port: 9 };

beforeEach(() => {
  for (const [name, value] of Object.entries(stackSettings(parts))) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const lineSchema = z.object({ 'event.name': z.string(), 'connection.id': z.string() });
let lines: unknown[];
beforeEach(() => {
  lines = [];
});

/** An invocation, the lines of which are taken down with their levels. */
const invocation = (invocationId: string): InvocationContext =>
  new InvocationContext({
    functionName: 'f',
    invocationId,
    logHandler: (level, line) => {
      lines.push([invocationId, level, lineSchema.parse(JSON.parse(z.string().parse(line)))]);
    },
  });

/** A call to Graph that fails before it is sent. */
async function fail({ sources }: App, id: string): Promise<void> {
  const source = sources.open(newConnection(id), noSlot);
  await expect(source.page('https://elsewhere.example/delta', 1)).rejects.toThrow('leads away');
}

const failed = (run: string, id: string): unknown => [
  run,
  'warning',
  { 'event.name': 'graph.call_failed', 'connection.id': id },
];

it('what the parts of a worker tell during a job stands with its invocation, at its level', async () => {
  const run = job(() => Promise.resolve((app: App, id: string) => fail(app, id)));
  await Promise.all([run('a', invocation('one')), run('b', invocation('two'))]);
  expect(lines.toSorted()).toEqual([failed('one', 'a'), failed('two', 'b')]);
});

it('what they tell during a request stands with its invocation', async () => {
  const { handler } = endpoint('x', () =>
    Promise.resolve(async () => {
      await fail(await getApp(), 'c');
      return new Response('ok');
    }),
  );
  const request = new HttpRequest({ method: 'GET', url: 'http://127.0.0.1/api/x' });
  await handler(request, invocation('three'));
  expect(lines).toEqual([failed('three', 'c')]);
});
