import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ConnectionError,
  GoneError,
  ProtocolError,
  ResyncRequiredError,
  TransientError,
} from '../../../shared/errors.ts';
import { fault, inTurn, json, startScripted, type ScriptedServer } from './scripted-server.ts';
import { drain, failureOf, openSource } from './support.ts';

let graph: ScriptedServer;
let elsewhere: ScriptedServer;
beforeEach(async () => {
  graph = await startScripted();
  elsewhere = await startScripted();
});
afterEach(async () => {
  await graph.close();
  await elsewhere.close();
});

describe('a call', () => {
  it('asks for immutable ids and carries token and request id', async () => {
    const { source } = await openSource(graph.origin);
    await source.get('/me/messages/AA%3D%3D?$select=id,subject');
    const [seen] = graph.seen;
    expect(seen?.url).toBe('/v1.0/me/messages/AA%3D%3D?$select=id,subject');
    expect(seen?.headers['authorization']).toBe('Bearer token-0');
    expect(seen?.headers['prefer']).toBe('IdType="ImmutableId"');
    expect(seen?.headers['client-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('calls a link unchanged, with the page size beside the id kind', async () => {
    graph.answer(json(200, { value: [], '@odata.deltaLink': `${graph.origin}/v1.0/d?$deltatoken=b` }));
    const { source } = await openSource(graph.origin);
    await source.page(`${graph.origin}/v1.0/x/delta()?z=1&$skiptoken=a%2Fb+c&a=2`, 50);
    expect(graph.seen[0]?.url).toBe('/v1.0/x/delta()?z=1&$skiptoken=a%2Fb+c&a=2');
    expect(graph.seen[0]?.headers['prefer']).toBe('IdType="ImmutableId", odata.maxpagesize=50');
  });

  it('refreshes once after 401 and sends again', async () => {
    graph.answer(inTurn(json(401, fault('InvalidAuthenticationToken')), json(200, { id: '1' })));
    const { source, access } = await openSource(graph.origin);
    expect(await source.get('/me')).toEqual({ id: '1' });
    expect(access.refreshes).toBe(1);
    expect(graph.seen.map((one) => one.headers['authorization'])).toEqual(['Bearer token-0', 'Bearer token-1']);
  });

  it('reports the second 401 and asks no third time', async () => {
    graph.answer(json(401, fault('InvalidAuthenticationToken')));
    const { source } = await openSource(graph.origin);
    expect(await failureOf(source.get('/me'))).toMatchObject({
      code: 'connection.unusable',
      reason: 'reauth_required',
    });
    expect(graph.seen).toHaveLength(2);
  });

  it('sends a write once, whatever comes back', async () => {
    graph.answer(json(503, fault('serviceNotAvailable')));
    const { source } = await openSource(graph.origin);
    const write = source.write({ method: 'POST', path: '/me/events', body: { subject: 'x' } });
    expect(await failureOf(write)).toBeInstanceOf(TransientError);
    expect(graph.seen).toHaveLength(1);
  });

  it('sends If-Match and answers null where there is no body', async () => {
    graph.answer((_, response) => response.writeHead(204).end());
    const { source } = await openSource(graph.origin);
    expect(await source.write({ method: 'DELETE', path: '/me/messages/1', ifMatch: 'W/"a"' })).toBeNull();
    expect(graph.seen[0]?.headers['if-match']).toBe('W/"a"');
  });

  it('keeps texts of answers and tokens out of errors and logs', async () => {
    graph.answer(json(403, fault('ErrorAccessDenied'), { 'request-id': 'r-1' }));
    const { source, lines } = await openSource(graph.origin);
    const error = await failureOf(source.get('/me/messages/secret-path'));
    expect(error).toMatchObject({ facts: { status: 403, remoteCode: 'ErrorAccessDenied', requestId: 'r-1' } });
    const told = `${String(error)} ${lines.join(' ')}`;
    expect(lines).toHaveLength(1);
    expect(told).not.toMatch(/adele|token-0|secret-path/);
  });
});

describe('P16 the bearer token', () => {
  it('is not sent where a link leads elsewhere', async () => {
    const { source } = await openSource(graph.origin);
    const error = await failureOf(source.page(`${elsewhere.origin}/v1.0/me/messages/delta`, 10));
    expect(error).toMatchObject({ code: 'remote.foreign_link' });
    expect(elsewhere.seen).toHaveLength(0);
  });

  it('never gets a link that leads elsewhere to keep', async () => {
    graph.answer(json(200, { value: [1], '@odata.deltaLink': `${elsewhere.origin}/v1.0/more` }));
    const { source } = await openSource(graph.origin);
    const error = await failureOf(source.page({ path: '/me/x/delta' }, 10));
    expect(error).toMatchObject({ code: 'remote.foreign_link' });
  });

  it('is not sent where the next link of a list leads elsewhere', async () => {
    graph.answer(json(200, { value: [1], '@odata.nextLink': `${elsewhere.origin}/v1.0/more` }));
    const { source } = await openSource(graph.origin);
    const error = await failureOf(drain(source.list('/me/mailFolders')));
    expect(error).toMatchObject({ code: 'remote.foreign_link' });
    expect(elsewhere.seen).toHaveLength(0);
  });

  it('does not follow a redirect', async () => {
    graph.answer((_, response) => response.writeHead(302, { location: `${elsewhere.origin}/v1.0/me` }).end());
    const { source } = await openSource(graph.origin);
    expect(await failureOf(source.get('/me'))).toBeInstanceOf(ProtocolError);
    expect(elsewhere.seen).toHaveLength(0);
  });
});

describe('a page', () => {
  it('gives items and its link', async () => {
    const link = `${graph.origin}/v1.0/me/x?$skiptoken=1`;
    graph.answer(json(200, { value: [{ id: '1' }], '@odata.nextLink': link, '@microsoft.graph.tips': 'x' }));
    const { source } = await openSource(graph.origin);
    expect(await source.page({ path: '/me/x/delta' }, 10)).toEqual({ items: [{ id: '1' }], next: link, delta: null });
  });

  it('with both links is refused', async () => {
    graph.answer(json(200, { value: [], '@odata.nextLink': 'a', '@odata.deltaLink': 'b' }));
    const { source } = await openSource(graph.origin);
    expect(await failureOf(source.page({ path: '/me/x/delta' }, 10))).toBeInstanceOf(ProtocolError);
  });

  it('of a plain list has no link where the list ends', async () => {
    graph.answer(json(200, { value: [{ id: '1' }] }));
    const { source } = await openSource(graph.origin);
    expect(await source.page({ path: '/me/x' }, 10)).toEqual({ items: [{ id: '1' }], next: null, delta: null });
  });

  it('that leads back to itself is a named error', async () => {
    const link = `${graph.origin}/v1.0/me/x?$skiptoken=1`;
    graph.answer(json(200, { value: [], '@odata.nextLink': link }));
    const { source } = await openSource(graph.origin);
    expect(await failureOf(source.page(link, 10))).toMatchObject({ code: 'remote.link_repeated' });
  });

  it('by a link that is not known any more asks for a fresh round', async () => {
    const { source } = await openSource(graph.origin);
    const link = `${graph.origin}/v1.0/me/x?$deltatoken=1`;
    for (const answer of [
      json(410, {}),
      json(410, fault('SyncStateNotFound')),
      json(409, fault('resyncRequired')),
      json(400, fault('BadRequest')),
      json(404, fault('ResourceNotFound')),
    ]) {
      graph.answer(answer);
      expect(await failureOf(source.page(link, 10))).toBeInstanceOf(ResyncRequiredError);
    }
  });

  it('whose folder is gone says so', async () => {
    graph.answer(json(404, fault('ErrorItemNotFound')));
    const { source } = await openSource(graph.origin);
    expect(await failureOf(source.page({ path: '/me/mailFolders/1/messages/delta' }, 10))).toBeInstanceOf(GoneError);
  });

  it('that takes too long shows its 504', async () => {
    graph.answer(json(504, fault('UnknownError')));
    const { source } = await openSource(graph.origin);
    const error = await failureOf(source.page({ path: '/me/x/delta' }, 10));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ facts: { status: 504 } });
  });
});

describe('a list', () => {
  it('goes on over short and empty pages to the end', async () => {
    const next = (token: string): string => `${graph.origin}/v1.0/me/mailFolders?$skiptoken=${token}`;
    graph.answer(
      inTurn(
        json(200, { value: [1], '@odata.nextLink': next('a') }),
        json(200, { value: [], '@odata.nextLink': next('b') }),
        json(200, { value: [2] }),
      ),
    );
    const { source } = await openSource(graph.origin);
    expect(await drain(source.list('/me/mailFolders'))).toEqual([[1], [], [2]]);
  });

  it('that repeats a link is a named error', async () => {
    graph.answer(json(200, { value: [1], '@odata.nextLink': `${graph.origin}/v1.0/same` }));
    const { source } = await openSource(graph.origin);
    expect(await failureOf(drain(source.list('/me/x')))).toMatchObject({ code: 'remote.link_repeated' });
    expect(graph.seen).toHaveLength(2);
  });
});

describe('a mailbox that is not in Exchange Online', () => {
  it.each([
    'MailboxNotEnabledForRESTAPI',
    'mailboxnotenabledforrestapi',
    'ErrorInvalidUser',
    'ErrorNonExistentMailbox',
  ])('with %s is never read as "gone"', async (code) => {
    graph.answer(json(404, fault(code)));
    const { source } = await openSource(graph.origin);
    const error = await failureOf(source.get('/me/messages/1'));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ reason: 'mailbox_unreachable' });
  });
});
