import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConnectionError, ThrottledError, TransientError } from '../../../shared/errors.ts';
import { fault, inTurn, json, startScripted, type Answer, type ScriptedServer } from './scripted-server.ts';
import { mailbox, openSource } from './support.ts';

const requestSchema = z.object({
  requests: z.array(
    z.object({ id: z.string(), method: z.literal('GET'), url: z.string(), headers: z.record(z.string(), z.string()) }),
  ),
});
type Inner = z.output<typeof requestSchema>['requests'][number];
interface InnerAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Answers each inner request by the given function, last one first; null = left out. Single GETs get the body `single`. */
function batchServer(answerOf: (inner: Inner) => InnerAnswer | null): Answer {
  return (seen, response) => {
    if (seen.url !== '/v1.0/$batch') {
      json(200, { single: seen.url })(seen, response, 0);
      return;
    }
    const { requests } = requestSchema.parse(JSON.parse(seen.body));
    const responses = requests.flatMap((inner) => {
      const answer = answerOf(inner);
      return answer === null ? [] : [{ id: inner.id, ...answer }];
    });
    json(200, { responses: responses.toReversed() })(seen, response, 0);
  };
}

/** An answer of good status that is no JSON. */
const raw =
  (text: string): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  };

const paths = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `/me/messages/${index}?$select=id`);

let graph: ScriptedServer;
beforeEach(async () => {
  graph = await startScripted();
});
afterEach(() => graph.close());

describe('reading many', () => {
  it('sends batches of twenty and keeps the order', async () => {
    graph.answer(batchServer((inner) => ({ status: 200, body: { url: inner.url } })));
    const { source, slots } = await openSource(graph.origin);
    const answers = await source.getMany(paths(45));
    expect(graph.seen).toHaveLength(3);
    expect(answers).toEqual(paths(45).map((url) => ({ outcome: 'found', raw: { url } })));
    expect(slots.taken(mailbox)).toBe(1);
  });

  it('asks for immutable ids inside', async () => {
    graph.answer(batchServer((inner) => ({ status: 200, body: inner.headers })));
    const { source } = await openSource(graph.origin);
    const [first] = await source.getMany(paths(2));
    expect(first).toMatchObject({ raw: { prefer: 'IdType="ImmutableId"' } });
  });

  it('lets one item fail alone', async () => {
    const inner: Record<string, InnerAnswer | null> = {
      '0': { status: 200, body: { id: 'a' } },
      '1': { status: 404, body: fault('ErrorItemNotFound') },
      '2': { status: 404, body: fault('MailboxNotEnabledForRESTAPI') },
      '3': { status: 503, body: fault('serviceNotAvailable') },
      '4': { status: 424, body: fault('FailedDependency') },
      '5': { status: 403, body: fault('ErrorAccessDenied') },
      '6': { status: 404, body: '<html>' },
      '7': null,
      '8': { status: 410, body: fault('ErrorItemNotFound') },
    };
    graph.answer(batchServer(({ id }) => inner[id] ?? null));
    const { source } = await openSource(graph.origin);
    const answers = await source.getMany(paths(9));
    expect(answers.map((one) => one.outcome)).toEqual([
      'found',
      'gone',
      'failed',
      'failed',
      'failed',
      'failed',
      'failed',
      'failed',
      'gone',
    ]);
    const errors = answers.map((one) => (one.outcome === 'failed' ? one.error : null));
    expect(errors[2]).toBeInstanceOf(ConnectionError);
    for (const index of [3, 4, 6, 7]) expect(errors[index]).toBeInstanceOf(TransientError);
  });

  it('P13 waits for the largest inner Retry-After and sends no further batch', async () => {
    graph.answer(
      batchServer(({ id }) =>
        id === '3' || id === '7'
          ? { status: 429, headers: { 'Retry-After': id === '3' ? '4' : '30' }, body: fault('TooManyRequests') }
          : { status: 200, body: { id } },
      ),
    );
    const { source, slots } = await openSource(graph.origin);
    const answers = await source.getMany(paths(25));
    expect(graph.seen).toHaveLength(1);
    const failed = answers.flatMap((one, index) => (one.outcome === 'failed' ? [{ index, error: one.error }] : []));
    expect(failed.map((one) => one.index)).toEqual([3, 7, 20, 21, 22, 23, 24]);
    for (const { error } of failed) expect(error).toMatchObject({ retryAfterMs: 30_000 });
    expect(slots.restsUntil(mailbox)).toBeGreaterThan(Date.now() + 25_000);
  });

  it('reads one by one where the other slots are taken', async () => {
    const { source, slots } = await openSource(graph.origin);
    await slots.take(mailbox, 1);
    graph.answer(batchServer(() => null));
    const answers = await source.getMany(paths(3));
    expect(graph.seen.map((one) => one.url)).toEqual(paths(3).map((path) => `/v1.0${path}`));
    expect(answers.every((one) => one.outcome === 'found')).toBe(true);
  });

  it('P13 asks nothing of a mailbox that rests', async () => {
    const { source, slots } = await openSource(graph.origin);
    await slots.rest(mailbox, new Date(Date.now() + 60_000));
    const answers = await source.getMany(paths(3));
    expect(graph.seen).toHaveLength(0);
    for (const one of answers) expect(one).toMatchObject({ outcome: 'failed' });
    expect(answers[0]?.outcome === 'failed' && answers[0].error).toBeInstanceOf(ThrottledError);
  });

  it('reads an item alone whose token was refused inside the batch', async () => {
    graph.answer(
      batchServer(({ id }) =>
        id === '1' ? { status: 401, body: fault('InvalidAuthenticationToken') } : { status: 200, body: { id } },
      ),
    );
    const { source } = await openSource(graph.origin);
    const answers = await source.getMany(paths(2));
    expect(answers[1]).toEqual({ outcome: 'found', raw: { single: '/v1.0/me/messages/1?$select=id' } });
  });

  it('P11 reads one by one what a batch cannot bring for an odd one among it, and gives the slots back', async () => {
    graph.answer((seen, response, index) => {
      const odd = /messages\/3\?/.test(seen.url + seen.body);
      const inner = batchServer(({ url }) => ({ status: 200, body: { single: `/v1.0${url}` } }));
      (odd ? raw('{"responses":[{"id":"3","status":502,"body":<html></html>}]}') : inner)(seen, response, index);
    });
    const { source, slots } = await openSource(graph.origin);
    const answers = await source.getMany(paths(5));
    expect(answers.map((one) => (one.outcome === 'found' ? one.raw : one.outcome))).toEqual(
      paths(5).map((path, index) => (index === 3 ? 'failed' : { single: `/v1.0${path}` })),
    );
    expect(slots.taken(mailbox)).toBe(1);
  });

  it.each([
    ['no headers', { status: 200, headers: null, body: { id: '1' } }, 'found'],
    ['a status that is no number', { status: '200', body: { id: '1' } }, 'failed'],
    ['an id of another type', { id: 1, status: 200, body: { id: '1' } }, 'failed'],
  ])('P11 takes an inner answer with %s for that item alone', async (_, odd, outcome) => {
    graph.answer((seen, response, index) => {
      const good = (id: string): unknown => ({ id, status: 200, body: { id } });
      json(200, { responses: [good('0'), { id: '1', ...odd }, good('2')] })(seen, response, index);
    });
    const { source } = await openSource(graph.origin);
    const answers = await source.getMany(paths(3));
    expect(answers.map((one) => one.outcome)).toEqual(['found', outcome, 'found']);
  });

  it('P11 asks four times in an outage, however many are wanted', async () => {
    graph.answer(json(503, fault('serviceNotAvailable')));
    const { source, slots } = await openSource(graph.origin);
    const answers = await source.getMany(paths(45));
    expect(graph.seen).toHaveLength(4);
    expect(answers).toHaveLength(45);
    for (const one of answers) expect(one).toMatchObject({ outcome: 'failed', error: { code: 'remote.transient' } });
    expect(slots.taken(mailbox)).toBe(1);
  });

  it('P13 asks nothing more once the mailbox wants a rest, whether the batch hears of it or one item', async () => {
    const throttled = json(429, fault('TooManyRequests'), { 'Retry-After': '5' });
    const alone = await openSource(graph.origin);
    graph.answer(inTurn(raw('<html>'), json(200, {}), throttled));
    const answers = await alone.source.getMany(paths(25));
    expect(graph.seen).toHaveLength(3);
    expect(answers.slice(1).every((one) => one.outcome === 'failed' && one.error instanceof ThrottledError)).toBe(true);
    const whole = await openSource(graph.origin);
    graph.answer(throttled);
    await expect(whole.source.getMany(paths(25))).rejects.toBeInstanceOf(ThrottledError);
    expect(graph.seen).toHaveLength(4);
  });

  it('fails those that are refused, one by one, where the batch is', async () => {
    graph.answer(json(400, fault('BadRequest')));
    const { source, slots } = await openSource(graph.origin);
    const answers = await source.getMany(paths(2));
    for (const one of answers) expect(one).toMatchObject({ outcome: 'failed', error: { code: 'remote.rejected' } });
    expect(slots.taken(mailbox)).toBe(1);
  });
});
