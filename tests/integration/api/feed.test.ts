import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { NewChange } from '../../../shared/engine/model.ts';
import { runHousekeeping } from '../../../shared/jobs/housekeeping.ts';
import { openApiWorld, type Answer, type ApiWorld } from '../../support/api-world.ts';

const DAY = 86_400_000;
const change: NewChange = {
  type: 'message.updated',
  id: 'm1',
  graphId: null,
  cause: 'poll',
  changed: [],
  before: null,
  after: null,
};

let world: ApiWorld;
let id: string;

beforeAll(async () => {
  world = await openApiWorld();
  const body = { userId: 'u', domains: ['mail'], returnUrl: 'https://app.example.com/connected' };
  const made = await world.call('POST', '/connect-links', { body });
  const back = await world.follow(String(made.body['url']));
  id = new URL(back.headers.get('location') ?? '').searchParams.get('connectionId') ?? '';
});
afterAll(() => world.close());

const append = (domain: string, count: number): Promise<void> =>
  world.app.appendChanges(
    { connectionId: id, domain },
    Array.from({ length: count }, () => change),
  );
const read = (query: string): Promise<Answer> => world.call('GET', `/connections/${id}/changes?${query}`);
const numbers = ({ status, body }: Answer): number[] => {
  expect(status).toBe(200);
  return z
    .array(z.object({ seq: z.number() }))
    .parse(body['items'])
    .map(({ seq }) => seq);
};
const cursor = ({ body }: Answer): string => z.string().parse(body['nextCursor']);

describe('the feed beyond its retention', () => {
  it('keeps every row for its time, drops it in every domain after, and says so to whom it is missing', async () => {
    // Of the connection itself there is a row from connecting.
    for (let rows = 0; rows < 150; rows += 50) await append('mail', 50);
    const [mail, both] = [await read('domain=mail&limit=10'), await read('limit=10')];
    const latest = await read('after=latest');
    world.clock.move(30 * DAY - 60_000);
    await append('mail', 3);
    await runHousekeeping(world.app, null);
    expect(numbers(await read(`domain=mail&limit=5&after=${cursor(mail)}`))).toEqual([11, 12, 13, 14, 15]);

    world.clock.move(120_000);
    await runHousekeeping(world.app, null);
    for (const query of [`domain=mail&after=${cursor(mail)}`, `after=${cursor(both)}`]) {
      const { status, body } = await read(query);
      expect({ status, code: body['code'] }).toEqual({ status: 410, code: 'cursor_too_old' });
      expect(String(body['detail'])).toContain('after=latest');
    }
    // Whoever was at the end misses nothing, also where a domain was quiet.
    expect(numbers(await read(`after=${cursor(latest)}`))).toEqual([151, 152, 153]);
    expect(numbers(await read('domain=mail'))).toEqual([151, 152, 153]);
    expect(numbers(await read('domain=connection'))).toEqual([]);
    for (const domain of ['mail', 'connection'])
      expect(await world.app.store.firstChangeSince({ connectionId: id, domain }, new Date(0))).toBe(
        domain === 'mail' ? 151 : null,
      );
  });

  it('counts positions by domain', async () => {
    const start = await read('after=latest');
    await append('mail', 2);
    await append('connection', 2);
    const page = await read(`limit=3&after=${cursor(start)}`);
    expect(numbers(page)).toHaveLength(3);
    world.clock.move(31 * DAY);
    await append('mail', 1);
    await runHousekeeping(world.app, null);
    expect((await read(`after=${cursor(page)}`)).status).toBe(410);
    // What was read of one domain to its end goes on.
    expect(numbers(await read(`domain=mail&after=${cursor(page)}`))).toHaveLength(1);
    expect((await read(`domain=connection&after=${cursor(page)}`)).status).toBe(410);
  });

  it('gives a bookmark of now after everything is gone, and goes on from it', async () => {
    world.clock.move(31 * DAY);
    await runHousekeeping(world.app, null);
    expect(numbers(await read('limit=5'))).toEqual([]);
    const latest = await read('after=latest');
    expect(numbers(await read(`after=${cursor(latest)}`))).toEqual([]);
    await append('mail', 1);
    const next = await read(`after=${cursor(latest)}`);
    expect(numbers(next)).toHaveLength(1);
    expect(numbers(await read(`after=${cursor(next)}`))).toEqual([]);
  });

  it('is read in order and whole by readers while rows are written and trimmed', async () => {
    const writer = (async () => {
      for (let round = 0; round < 12; round++) {
        await append('mail', 20);
        world.clock.move(5 * DAY);
        if (round % 3 === 2) await runHousekeeping(world.app, null);
      }
    })();
    let running = true;
    const follow = async (limit: number): Promise<void> => {
      let after = cursor(await read('domain=mail&after=latest'));
      let last: number | null = null;
      for (;;) {
        const done = !running;
        const page = await read(`domain=mail&limit=${limit}&after=${after}`);
        if (page.status === 410) {
          after = cursor(await read('domain=mail&after=latest'));
          last = null;
          continue;
        }
        for (const seq of numbers(page)) {
          if (last !== null) expect(seq).toBe(last + 1);
          last = seq;
        }
        after = cursor(page);
        if (done && numbers(page).length === 0) return;
      }
    };
    const readers = Promise.all([follow(1), follow(7), follow(200)]);
    await writer;
    running = false;
    await readers;
  });
});
