import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryId, placeOfDelivery } from '../../shared/engine/delivery-id.ts';
import { matchesTypes } from '../../shared/engine/delivery-rules.ts';
import { LONGEST_WAIT_MS, waitAfter } from '../../shared/jobs/deliveries/back-off.ts';
import { runDeliveryPoison } from '../../shared/jobs/deliveries/poison.ts';
import { runDispatch } from '../../shared/jobs/dispatch.ts';
import { runTimer } from '../../shared/jobs/timers.ts';
import { shardOf } from '../../shared/engine/directory-ports.ts';
import { jsonLog } from '../../shared/lib/log.ts';
import { addConnection, openJobWorld } from '../support/job-world.ts';

describe('the types that an endpoint asks for', () => {
  it.each([
    [['*'], 'message.created', true],
    [['message.*'], 'message.created', true],
    [['message.*'], 'messages.created', false],
    [['message.*'], 'message', false],
    [['*.conflict'], 'contact.conflict', true],
    [['*.conflict'], 'contact.created', false],
    [['sync.failed'], 'sync.failed', true],
    [['sync.failed'], 'sync.failed.more', false],
    [[], 'message.created', false],
    [['message.deleted'], 'feed.gap', true],
  ])('%j ask for %s: %s', (patterns, type, wanted) => {
    expect(matchesTypes(patterns, type)).toBe(wanted);
  });
});

describe('the id of a delivery', () => {
  it('leads back to its place, whatever the ids are made of, and holds no full stop', () => {
    const text = fc.string({ minLength: 1, maxLength: 40 });
    const place = fc.record({
      endpointId: text,
      connectionId: text,
      domain: text,
      seq: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      at: fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true }).map((at) => at.toISOString()),
    });
    fc.assert(
      fc.property(place, (one) => {
        const id = deliveryId(one);
        expect(id).not.toContain('.');
        expect(placeOfDelivery(id)).toEqual(one);
      }),
    );
  });

  it('is null for what never was one', () => {
    for (const id of ['', 'dlv_', 'dlv_bm9uc2Vuc2U', `${deliveryId(PLACE)}x`, deliveryId(PLACE).slice(4)])
      expect(placeOfDelivery(id)).toBeNull();
  });
});

const PLACE = { endpointId: 'e', connectionId: 'c', domain: 'mail', seq: 1, at: '2026-03-01T00:00:00.000Z' };

describe('the wait after a failure', () => {
  const longest = (failures: number): number => waitAfter({ fraction: () => 1 }, failures, null);

  it('doubles from 5 s to 6 h, with full jitter', () => {
    expect([1, 2, 3, 4].map(longest)).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(longest(1_000)).toBe(6 * 3_600_000);
    expect(waitAfter({ fraction: () => 0.25 }, 4, null)).toBe(10_000);
    expect(waitAfter({ fraction: () => 0 }, 4, null)).toBe(1_000);
  });

  it('is never shorter than the endpoint asks for, up to 6 h', () => {
    expect(waitAfter({ fraction: () => 0 }, 1, 90_000)).toBe(90_000);
    expect(waitAfter({ fraction: () => 0 }, 1, 90 * 86_400_000)).toBe(LONGEST_WAIT_MS);
  });
});

describe('due rows of deliveries', () => {
  it('are read by the timer of their domain; those of connections by the one that runs most often', async () => {
    const world = openJobWorld();
    await runTimer('emailSync', world.ports);
    expect(new Set(world.queues.dispatches.flatMap(({ kinds }) => kinds))).toEqual(
      new Set(['mail', 'mail.push', 'mail.deliver', 'connection.deliver']),
    );
    await runTimer('contactSync', world.ports);
    await runTimer('subscriptionRenewal', world.ports);
    const kinds = world.queues.dispatches.flatMap((job) => job.kinds);
    expect(kinds).toEqual(expect.arrayContaining(['contacts.deliver', 'endpoints']));
  });

  it('become messages that name the row', async () => {
    const world = openJobWorld();
    await addConnection(world, 'c-1');
    const dueAt = world.clock.now();
    await world.due.add({ kind: 'mail.deliver', connectionId: 'c-1', dueAt });
    await runDispatch({ kinds: ['mail.deliver'], shards: [shardOf('c-1')] }, world.ports);
    const due = { kind: 'mail.deliver', at: dueAt.toISOString() };
    expect(world.queues.deliveries).toEqual([{ connectionId: 'c-1', domain: 'mail', due }]);
    expect(world.queues.syncs).toEqual([]);
    expect(world.due.of('mail.deliver')).toHaveLength(1);
  });
});

describe('a message of deliveries that failed as often as it may', () => {
  it('is told in the log, by what it names', async () => {
    const lines: string[] = [];
    const log = jsonLog((_, line) => lines.push(line));
    await runDeliveryPoison({ connectionId: 'c-1', domain: 'mail', secret: 'x' }, { log });
    await runDeliveryPoison('nonsense', { log });
    expect(lines[0]).toContain('c-1');
    expect(lines.join('')).not.toContain('secret');
    expect(lines[1]).toContain('"readable":false');
  });
});
