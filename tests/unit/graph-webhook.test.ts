import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { graphWebhook } from '../../shared/api/webhooks/graph-webhook.ts';
import { respond } from '../../shared/api/http/respond.ts';
import { lifecycleReceiver, notificationReceiver, type Receipt } from '../../shared/api/webhooks/receive.ts';
import { StorageError } from '../../shared/errors.ts';
import { silentLog } from '../../shared/lib/log.ts';

const bindings = { requestId: 'request-1', log: silentLog };
const URL_OF_HOOK = 'https://sync.example/api/webhooks/graph?k=key-1';
const item = { subscriptionId: 's1', clientState: 'state', resourceData: { id: 'm1' } };
const receipt: Receipt = { accepted: 1, unknown: 0, wrongState: 0 };

interface Call {
  readonly key: string | null;
  readonly items: readonly unknown[];
}

/** Sends a body to a receiver, and gives the answer and what was taken. */
async function send(
  body: string | ReadableStream<Uint8Array>,
  options: { take?: () => Promise<Receipt>; lifecycle?: boolean; url?: string } = {},
): Promise<{ response: Response; taken: readonly Call[]; text: string }> {
  const taken: Call[] = [];
  const take = (key: string | null, items: readonly unknown[]): Promise<Receipt> => {
    taken.push({ key, items });
    return options.take?.() ?? Promise.resolve(receipt);
  };
  const receiver = options.lifecycle === true ? lifecycleReceiver(take) : notificationReceiver(take);
  const hook = graphWebhook(() => Promise.resolve((request, { log }) => receiver(request, { log })));
  const request = new Request(options.url ?? URL_OF_HOOK, {
    method: 'POST',
    body,
    ...(typeof body === 'string' ? {} : { duplex: 'half' as const }),
  });
  const response = await respond(async () => hook(request, bindings), bindings);
  return { response, taken, text: await response.text() };
}

describe('the handshake', () => {
  it.each([
    ['Validation%3A%20Testing%20Request-Id%3A%201', 'Validation: Testing Request-Id: 1'],
    ['Validation%3A+Testing+%2B%3Cb%3E', 'Validation: Testing +<b>'],
    ['%E2%9C%93', '✓'],
  ])('answers %s decoded, as plain text that is not sniffed', async (token, decoded) => {
    const load = (): never => expect.fail('loaded');
    for (const query of [`?k=1&validationToken=${token}`, `?validationToken=${token}`]) {
      const request = new Request(`https://sync.example/api/webhooks/graph${query}`, { method: 'POST' });
      const response = await graphWebhook(load)(request, bindings);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/plain');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(await response.text()).toBe(decoded);
    }
  });

  it('is answered with nothing heavier loaded than its own few files', async () => {
    const hook = new URL('../../shared/api/webhooks/graph-webhook.ts', import.meta.url);
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => { loaded.push(url.split('/').at(-1)); return next(url, context); } });
      const { graphWebhook } = await import(${JSON.stringify(hook.href)});
      const request = new Request('https://sync.example/api/webhooks/graph?validationToken=a%20b', { method: 'POST' });
      const answer = graphWebhook(() => { throw new Error('loaded'); })(request, { requestId: '1', log: console });
      console.log(JSON.stringify({ text: await (await answer).text(), loaded }));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    expect(JSON.parse(stdout)).toEqual({
      text: 'a b',
      loaded: ['graph-webhook.ts', 'demand-method.ts', 'errors.ts', 'handshake.ts'],
    });
  });

  it.each(['', 'x'.repeat(4_097)])('is none with a token of no sane length', async (token) => {
    const { response } = await send('{}', { url: `https://sync.example/x?validationToken=${token}` });
    expect(response.status).toBe(400);
  });

  it('and all else is by POST alone', async () => {
    const hook = graphWebhook(() => expect.fail('loaded'));
    const request = new Request(`${URL_OF_HOOK}&validationToken=a`);
    const response = await respond(async () => hook(request, bindings), bindings);
    expect(response.status).toBe(405);
  });
});

describe('a notification request', () => {
  it('is answered 202 once its items were taken, with the key of its URL', async () => {
    const body = { value: [{ ...item, later: { member: 1 } }, { subscriptionId: 's2' }], validationTokens: [] };
    const { response, taken, text } = await send(JSON.stringify(body));
    expect(response.status).toBe(202);
    expect(text).toBe('');
    expect(taken).toEqual([
      {
        key: 'key-1',
        items: [
          { subscriptionId: 's1', clientState: 'state', itemId: 'm1' },
          { subscriptionId: 's2', clientState: undefined, itemId: null },
        ],
      },
    ]);
  });

  it('of lifecycle events tells the event', async () => {
    const body = { value: [{ subscriptionId: 's1', clientState: 'state', lifecycleEvent: 'missed' }] };
    const { response, taken } = await send(JSON.stringify(body), { lifecycle: true });
    expect(response.status).toBe(202);
    expect(taken[0]?.items).toEqual([{ subscriptionId: 's1', clientState: 'state', event: 'missed' }]);
  });

  it.each([
    ['no JSON', '{"value":'],
    ['nothing', ''],
    ['no list', '{"value":{}}'],
    ['another shape', '[]'],
    ['no item that can be read', JSON.stringify({ value: [{ clientState: 'x' }, { ...item, clientState: 7 }] })],
  ])('with %s is a 400 that queues nothing', async (_, body) => {
    const { response, taken, text } = await send(body);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.parse(text)).toMatchObject({ status: 400, requestId: 'request-1' });
    expect(taken).toEqual([]);
  });

  it.each([
    ['has no subscription', { clientState: 'x' }],
    ['has a clientState that is no text', { ...item, clientState: 5 }],
    ['is no object', null],
  ])('is taken without an item that %s: those beside it are not lost', async (_, odd) => {
    const { response, taken } = await send(JSON.stringify({ value: [odd, item, odd] }));
    expect(response.status).toBe(202);
    expect(taken[0]?.items).toEqual([{ subscriptionId: 's1', clientState: 'state', itemId: 'm1' }]);
  });

  it.each([null, 7, '', '\ud800', 'x'.repeat(1_001)])(
    'whose item names %j names none: all is looked at',
    async (id) => {
      const { response, taken } = await send(JSON.stringify({ value: [{ ...item, resourceData: { id } }] }));
      expect(response.status).toBe(202);
      expect(taken[0]?.items).toEqual([{ subscriptionId: 's1', clientState: 'state', itemId: null }]);
    },
  );

  it('over 1 MiB is cut while reading, 413', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const { response, taken } = await send(endless);
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(2 * 1024 * 1024);
    expect(taken).toEqual([]);
  });

  it('is answered 503 while storage is down, so that Graph comes again', async () => {
    const take = (): Promise<Receipt> => Promise.reject(new StorageError('queue.unavailable', 'down'));
    const { response } = await send(JSON.stringify({ value: [item] }), { take });
    expect(response.status).toBe(503);
  });

  it('loads what it needs at the first one, and again after a load that failed', async () => {
    let loads = 0;
    const hook = graphWebhook(() => {
      loads++;
      if (loads === 1) return Promise.reject(new Error('broken'));
      return Promise.resolve(() => new Response(null, { status: 202 }));
    });
    const post = () =>
      respond(async () => hook(new Request(URL_OF_HOOK, { method: 'POST', body: '{}' }), bindings), bindings);
    expect((await post()).status).toBe(500);
    expect((await post()).status).toBe(202);
    expect((await post()).status).toBe(202);
    expect(loads).toBe(2);
  });
});
