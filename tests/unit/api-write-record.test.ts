import { beforeEach, describe, expect, it } from 'vitest';
import { toProblem } from '../../shared/api/http/problem.ts';
import { writeRecord } from '../../shared/api/write-record.ts';
import { contacts } from '../../shared/domains/contacts/index.ts';
import { newHead } from '../../shared/engine/head.ts';
import { updateOf, type Intent, type LocalWrite } from '../../shared/engine/local-write.ts';
import type { EngineRecord } from '../../shared/engine/model.ts';
import type { PartitionStore } from '../../shared/engine/ports.ts';
import { ClosedError, ProblemError, StorageError } from '../../shared/errors.ts';
import { instead } from '../support/instead.ts';
import { newEndpoint } from '../support/delivery-world.ts';
import { newConnection, openJobWorld, type JobWorld } from '../support/job-world.ts';
import { MemoryPartitions } from '../support/memory-partitions.ts';
import { MemoryRows } from '../support/memory-rows.ts';

const scope = { connectionId: 'c-1', domain: 'contacts' };
const connection = newConnection(scope.connectionId, { workspaceId: 'ws-1' });
const KIND = 'contacts.push';
const TOLD = 'contacts.deliver';
const made: Intent = {
  type: 'create',
  kind: 'contact',
  action: 'create',
  fields: { displayName: 'Grace' },
  stream: 'default',
};

let world: JobWorld;
let store: PartitionStore;
beforeEach(async () => {
  world = openJobWorld();
  // Partitions that take new records.
  store = instead<PartitionStore, 'sizeOf'>(new MemoryPartitions(), 'sizeOf', () => 100);
  await store.createHead(scope, newHead());
});

const write = (intend: LocalWrite['intend'], parts: Partial<JobWorld['ports']> = {}): Promise<EngineRecord | null> =>
  writeRecord({ ...world.ports, store, ...parts }, contacts, { connection, scope }, { intend });

describe('a write of a record', () => {
  it('leaves a message, and a due row that covers it', async () => {
    const record = await write(() => Promise.resolve(made));
    expect(record).toMatchObject({ kind: 'contact', graphId: null, fields: { displayName: 'Grace' } });
    const [row, ...others] = world.due.of(KIND);
    expect(others).toEqual([]);
    expect(world.queues.pushes).toEqual([{ ...scope, due: { kind: KIND, at: row?.dueAt.toISOString() } }]);
  });

  it('is covered before it is committed', async () => {
    let covered = 0;
    await write(() => {
      covered = world.due.of(KIND).length;
      return Promise.resolve(made);
    });
    expect(covered).toBe(1);
  });

  it('leaves nothing where there is nothing to be sent, or where it is refused', async () => {
    expect(await write(() => Promise.resolve(null))).toBeNull();
    expect(world.due.of(KIND)).toEqual([]);
    const refusal = new ProblemError(409, 'contact_match_ambiguous', 'several');
    await expect(write(() => Promise.reject(refusal))).rejects.toBe(refusal);
    expect(world.due.of(KIND)).toEqual([]);
    expect(world.queues.pushes).toEqual([]);
  });

  it('is 503 with Retry-After, and leaves nothing, where too much waits for its record', async () => {
    store = new MemoryRows();
    await store.createHead(scope, newHead());
    const { id } = (await write(() => Promise.resolve(made))) ?? expect.fail('nothing was made');
    for (const row of world.due.of(KIND)) await world.due.move(row, null);
    const turns = ['jobTitle', 'notes'];
    let refusal: unknown = null;
    for (let n = 0; refusal === null && n < 100; n++)
      await write(updateOf(id, 'update', { [turns[n % 2] ?? '']: `${n}` })).catch((error: unknown) => {
        refusal = error;
      });
    expect(toProblem(refusal)).toMatchObject({ status: 503, code: 'outbox.full', retryAfterMs: 60_000 });
    expect(world.due.of(KIND)).toHaveLength(world.queues.pushes.length - 1);
  });

  it('stays covered where nobody knows whether it was committed', async () => {
    const failure = new StorageError('store.unavailable', 'no answer');
    await expect(write(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(world.due.of(KIND)).toHaveLength(1);
  });

  it('stands although its message is lost', async () => {
    const down = (): Promise<void> => Promise.reject(new StorageError('queue.unavailable', 'no queue'));
    const queues = instead(world.ports.queues, 'push', down);
    expect(await write(() => Promise.resolve(made), { queues })).not.toBeNull();
    expect(world.due.of(KIND)).toHaveLength(1);
    expect(world.lines.join()).toContain('push.postponed');
  });

  it('stays covered where another one of the same millisecond finds nothing to be sent', async () => {
    let drawn = 0;
    const random = instead(world.ports.random, 'fraction', () => drawn++ / 10);
    await write(() => Promise.resolve(made), { random });
    expect(await write(() => Promise.resolve(null), { random })).toBeNull();
    expect(world.due.of(KIND)).toHaveLength(1);
  });

  it('is refused where the partition is closed', async () => {
    const unknown = { ...scope, connectionId: 'c-2' };
    const intend = (): Promise<Intent> => Promise.resolve(made);
    await expect(
      writeRecord({ ...world.ports, store }, contacts, { connection, scope: unknown }, { intend }),
    ).rejects.toBeInstanceOf(ClosedError);
  });
});

describe('a write that tells something and sends nothing', () => {
  let record: EngineRecord;
  /** Calls of what announces, in order. */
  let calls: string[];
  beforeEach(async () => {
    store = new MemoryRows();
    await store.createHead(scope, newHead());
    record = (await write(() => Promise.resolve(made))) ?? expect.fail('nothing was made');
    for (const row of world.due.of(KIND)) await world.due.move(row, null);
    calls = [];
    world.hook = (call, when) => {
      if (when === 'before' && /^(endpoints|due|queues)/.test(call)) calls.push(call);
    };
  });
  /** Outlook never heard of it. */
  const remove = (parts: Partial<JobWorld['ports']> = {}): Promise<EngineRecord | null> =>
    write(() => Promise.resolve({ type: 'delete', record, action: 'delete' }), parts);
  const told = async (): Promise<string[]> => (await store.readChanges(scope, 0, 10)).map(({ type }) => type);

  it('is announced to endpoints at once: due row, then message', async () => {
    await world.ports.endpoints.create(newEndpoint('e-1', { workspaceId: 'ws-1' }));
    await remove();
    expect(await told()).toEqual(['contact.created', 'contact.deleted']);
    const [row, ...others] = world.due.of(TOLD);
    expect(others).toEqual([]);
    expect(world.queues.deliveries).toEqual([{ ...scope, due: { kind: TOLD, at: row?.dueAt.toISOString() } }]);
    expect(world.due.of(KIND)).toEqual([]);
    // What stood before the commit goes last: a crash before that costs an empty push, which announces what it finds.
    expect(calls.slice(-4)).toEqual(['endpoints.list', 'due.addOwn', 'queues.deliver', 'due.move']);
  });

  it('is announced where all that it tells is what gave way', async () => {
    await world.ports.endpoints.create(newEndpoint('e-1'));
    const losing = { displayName: 'Amazing Grace' };
    await write(() => Promise.resolve({ type: 'update', record, action: 'update', fields: {}, losing }));
    expect(await told()).toEqual(['contact.created', 'contact.conflict']);
    expect(world.queues.deliveries).toHaveLength(1);
  });

  it('costs a look at the endpoints where none serves its workspace, and not even that where it told nothing', async () => {
    await world.ports.endpoints.create(newEndpoint('e-1', { workspaceId: 'ws-2' }));
    calls = [];
    await remove();
    expect(await told()).toContain('contact.deleted');
    expect(calls).toEqual(['due.addOwn', 'endpoints.list', 'due.move']);
    expect(world.due.of(TOLD)).toEqual([]);
    calls = [];
    await write(() => Promise.resolve(null));
    expect(calls).toEqual(['due.addOwn', 'due.move']);
  });

  it('stays covered by its push where it could not be announced', async () => {
    const down = (): Promise<never> => Promise.reject(new StorageError('store.unavailable', 'no endpoints'));
    expect(await remove({ endpoints: instead(world.ports.endpoints, 'list', down) })).toMatchObject({ id: record.id });
    expect(await told()).toContain('contact.deleted');
    expect(world.due.of(KIND)).toHaveLength(1);
    expect(world.lines.join()).toContain('push.postponed');
  });
});
