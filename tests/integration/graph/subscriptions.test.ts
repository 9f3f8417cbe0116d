import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import {
  ConflictError,
  GoneError,
  RejectedError,
  ResyncRequiredError,
  ThrottledError,
} from '../../../shared/errors.ts';
import { fault, json, startScripted } from './scripted-server.ts';
import { drain, failureOf, openSource } from './support.ts';
import { subscriptionsOver } from '../../../shared/graph/subscriptions.ts';
import { Tenancy } from './tenant.ts';

/** A receiver that answers handshakes as ours does. */
async function receiver(): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((request, response) => {
    const token = new URL(request.url ?? '', 'http://x').searchParams.get('validationToken');
    request.resume();
    response.writeHead(token === null ? 202 : 200, { 'content-type': 'text/plain' }).end(token ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const wanted = (url: string) => ({
  resource: 'me/messages',
  changeType: 'created,updated,deleted',
  notificationUrl: `${url}/api/webhooks/graph?k=key`,
  lifecycleUrl: `${url}/api/webhooks/graph/lifecycle?k=key`,
  clientState: 'state',
  expiresAt: new Date(Date.now() + 2 * 86_400_000),
});

describe('a subscription', () => {
  it('is created, listed, renewed and removed', async () => {
    await using tenancy = await Tenancy.start();
    await using hook = await receiver();
    const connection = await tenancy.connect();
    const subscriptions = tenancy.worker().subscriptions.open(connection);
    const made = await subscriptions.create(wanted(hook.url));
    expect(made).toMatchObject({ resource: 'me/messages', notificationUrl: wanted(hook.url).notificationUrl });
    expect((await drain(subscriptions.list())).flat().map((one) => one.id)).toEqual([made.id]);
    const renewed = await subscriptions.renew(made.id, new Date(Date.now() + 4 * 86_400_000));
    expect(Date.parse(renewed.expiresAt)).toBeGreaterThan(Date.parse(made.expiresAt));
    await subscriptions.remove(made.id);
    await subscriptions.remove(made.id);
    expect(await failureOf(subscriptions.renew(made.id, new Date()))).toBeInstanceOf(GoneError);
  });

  it('that exists is a conflict that names it', async () => {
    await using tenancy = await Tenancy.start();
    await using hook = await receiver();
    const subscriptions = tenancy.worker().subscriptions.open(await tenancy.connect());
    const made = await subscriptions.create(wanted(hook.url));
    const error = await failureOf(subscriptions.create(wanted(hook.url)));
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ existingId: made.id });
  });

  it('whose handshake fails is refused by that name', async () => {
    await using tenancy = await Tenancy.start();
    const subscriptions = tenancy.worker().subscriptions.open(await tenancy.connect());
    const error = await failureOf(subscriptions.create(wanted('http://127.0.0.1:1')));
    expect(error).toBeInstanceOf(RejectedError);
    expect(error).toMatchObject({ facts: { remoteCode: 'ValidationError' } });
  });

  it.each([
    ['InvalidRequest', 'ValidationError', 'Subscription validation request failed. Notification endpoint must respond'],
    ['InvalidRequest', 'InvalidRequest', 'Resource does not support subscriptions'],
  ])('refused with %s is told as %s by its text', async (code, told, message) => {
    const graph = await startScripted(json(400, { error: { code, message } }));
    const { source } = await openSource(graph.origin);
    const error = await failureOf(subscriptionsOver(source).create(wanted('https://example.com')));
    expect(error).toMatchObject({ code: 'remote.rejected', facts: { remoteCode: told } });
    await graph.close();
  });

  it('is asked for with immutable ids', async () => {
    const graph = await startScripted(
      json(201, { id: '1', resource: 'me/messages', changeType: 'created', expirationDateTime: 'x' }),
    );
    const { source } = await openSource(graph.origin);
    await subscriptionsOver(source).create(wanted('https://example.com'));
    expect(graph.seen[0]?.headers['prefer']).toBe('IdType="ImmutableId"');
    await graph.close();
  });

  it('is not taken for removed when Graph is busy', async () => {
    const graph = await startScripted(json(429, fault('TooManyRequests')));
    const { source } = await openSource(graph.origin);
    const error = await failureOf(subscriptionsOver(source).remove('1'));
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error).not.toBeInstanceOf(ResyncRequiredError);
    await graph.close();
  });
});
