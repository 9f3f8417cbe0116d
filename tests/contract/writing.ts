import { expect, it } from 'vitest';
import { z } from 'zod';
import type { DomainAdapter } from './adapter.ts';
import type { ContractBench } from './bench.ts';

const quoted = (effect: string): string => effect.replace(/ (.*)$/, ' "$1"');
const answered = z.looseObject({ id: z.string() });

/** That writes of the application reach the tenant once, and meet those of people. */
export function describeWriting({ own, domain }: DomainAdapter, open: () => ContractBench): void {
  /** An item that both sides know. */
  const known = async (title: string): Promise<{ graphId: string; id: string }> => {
    const graphId = await open().person.make(title);
    await open().poll();
    return { graphId, id: await open().idOf(graphId) };
  };
  const write = (id: string, field: string, value: string): Promise<unknown> =>
    open().write(open().adapter.change(open().mailbox.connectionId, id, field, value));
  const settle = async (): Promise<void> => {
    await open().push();
    for (let polls = 0; polls < 3; polls++) await open().poll();
  };
  const shows = async (graphId: string, field: string, value: string): Promise<boolean> =>
    open().adapter.shows((await open().item(graphId)) ?? {}, field, value);

  it('P9 an own write that comes back is told once, by us, and is not written again', async () => {
    const bench = open();
    const { namedKind } = bench.adapter.domain;
    const { graphId, id } = await known('Echo');
    const before = (await bench.effects()).length;
    await write(id, bench.adapter.fields.ours, 'Ours');
    await settle();
    expect(await bench.told(id)).toEqual([expect.stringMatching(/created/), `${namedKind}.updated by own-write`]);
    expect((await bench.effects()).slice(before)).toEqual([`update ${graphId}`]);
    expect(await shows(graphId, bench.adapter.fields.ours, 'Ours')).toBe(true);
  });

  it.each(['before', 'after'] as const)(
    'P10 different fields of both sides both survive, the person %s the application',
    async (when) => {
      const bench = open();
      const { theirs, ours } = bench.adapter.fields;
      const { graphId, id } = await known(`Both ${when}`);
      if (when === 'before') await bench.person.change(graphId, theirs, 'From a person');
      await write(id, ours, 'From the application');
      if (when === 'after') await bench.person.change(graphId, theirs, 'From a person');
      const before = (await bench.effects()).length;
      await settle();
      expect(await shows(graphId, theirs, 'From a person')).toBe(true);
      expect(await shows(graphId, ours, 'From the application')).toBe(true);
      expect((await bench.effects()).slice(before)).toEqual([`update ${graphId}`]);
      expect((await bench.told(id)).filter((row) => row.includes('conflict'))).toEqual([]);
    },
  );

  it('P10 the same field follows the policy, and what loses is told', async () => {
    const bench = open();
    const { shared } = bench.adapter.fields;
    const { graphId, id } = await known('Contested');
    const before = (await bench.effects()).length;
    await write(id, shared, 'Loses');
    await bench.person.change(graphId, shared, 'Wins');
    await bench.poll();
    await settle();
    expect([await shows(graphId, shared, 'Wins'), (await bench.effects()).slice(before)]).toEqual([true, []]);
    const conflicts = (await bench.feed()).filter((row) => row.id === id && row.type.endsWith('.conflict'));
    expect(conflicts.map(({ details }) => JSON.stringify(details?.['losing']))).toEqual([
      expect.stringContaining('Loses'),
    ]);
  });

  if (own === null) return;

  it('P8 P9 what the application makes is made once in the tenant, and told once', async () => {
    const bench = open();
    const before = (await bench.effects()).length;
    const { id } = answered.parse(await bench.write(own.make(bench.mailbox.connectionId, 'Made here')));
    await settle();
    const completed = own.completed === true ? [`${domain.namedKind}.updated by own-write`] : [];
    expect(await bench.told(id)).toEqual([`${domain.namedKind}.created by own-write`, ...completed]);
    const made = (await bench.effects()).slice(before);
    const listed = (await bench.items()).filter((item) => item[bench.adapter.title] === 'Made here');
    expect(listed.map((item) => item['id'])).toEqual([id]);
    expect(listed.map((item) => `create ${JSON.stringify(item['graphId'])}`)).toEqual(made.map(quoted));
  });

  it('P8 P9 what the application removes goes once from the tenant, and is told once', async () => {
    const bench = open();
    const { graphId, id } = await known('Removed here');
    const before = (await bench.effects()).length;
    await bench.write(own.remove(bench.mailbox.connectionId, id));
    expect(await bench.item(graphId)).toBeUndefined();
    await settle();
    expect(await bench.told(id)).toEqual([
      expect.stringMatching(/created/),
      `${domain.namedKind}.deleted by own-write`,
    ]);
    expect((await bench.effects()).slice(before)).toEqual([`delete ${graphId}`]);
    expect((await bench.partition()).records.filter((record) => record.id === id)).toEqual([]);
  });

  it.each([
    ['makes', 'POST', 'create'],
    ['changes', 'PATCH', 'update'],
    ['removes', 'DELETE', 'delete'],
  ] as const)(
    'P8 what the application %s reaches the tenant once, though its answer is lost',
    async (what, method, effect) => {
      const bench = open();
      const { connectionId, upn } = bench.mailbox;
      const { id } = await known(`Lost ${what}`);
      const writes = {
        makes: own.make(connectionId, `Lost and made ${what}`),
        changes: bench.adapter.change(connectionId, id, bench.adapter.fields.ours, 'Lost'),
        removes: own.remove(connectionId, id),
      };
      const before = (await bench.effects()).length;
      await bench.write(writes[what]);
      await bench.rig.control('POST', '/faults', { match: { method, upn }, action: { kind: 'applied-reset' } });
      await bench.push();
      await bench.heal();
      // Before any round: nothing but looking tells that it arrived.
      bench.clock.move(3_600_000);
      await bench.push();
      expect((await bench.effects()).slice(before).map((one) => one.split(' ')[0])).toEqual([effect]);
      await settle();
      expect((await bench.effects()).slice(before).map((one) => one.split(' ')[0])).toEqual([effect]);
      expect((await bench.partition()).rows('outbox')).toEqual([]);
    },
  );
}
