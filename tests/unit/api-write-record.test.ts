import { beforeEach, describe, expect, it } from 'vitest';
import { writeRecord } from '../../shared/api/write-record.ts';
import { contacts } from '../../shared/domains/contacts/index.ts';
import { newHead } from '../../shared/engine/head.ts';
import type { Intent, LocalWrite } from '../../shared/engine/local-write.ts';
import type { EngineRecord } from '../../shared/engine/model.ts';
import type { PartitionStore } from '../../shared/engine/ports.ts';
import { ClosedError, ProblemError, StorageError } from '../../shared/errors.ts';
import { instead } from '../support/instead.ts';
import { openJobWorld, type JobWorld } from '../support/job-world.ts';
import { MemoryPartitions } from '../support/memory-partitions.ts';

const scope = { connectionId: 'c-1', domain: 'contacts' };
const KIND = 'contacts.push';
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
  writeRecord({ ...world.ports, store, ...parts }, contacts, scope, { intend });

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
    await expect(writeRecord({ ...world.ports, store }, contacts, unknown, { intend })).rejects.toBeInstanceOf(
      ClosedError,
    );
  });
});
