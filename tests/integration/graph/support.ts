import type { Mailbox } from '../../../shared/engine/connection.ts';
import type { Source } from '../../../shared/engine/ports.ts';
import type { Access } from '../../../shared/graph/access.ts';
import { GraphCaller } from '../../../shared/graph/caller.ts';
import { growingBackoff } from '../../../shared/graph/retry-after.ts';
import { GraphSource } from '../../../shared/graph/source.ts';
import { systemClock } from '../../../shared/lib/clock.ts';
import { jsonLog } from '../../../shared/lib/log.ts';
import { systemRandom } from '../../../shared/lib/random.ts';
import { MemorySlots } from '../../support/memory-slots.ts';

export const mailbox: Mailbox = { tenantId: 't', objectId: 'o' };

/** A token that is `first` until it is refused, and then `second`, and so on. */
export function countingAccess(): Access & { refreshes: number } {
  const access = {
    refreshes: 0,
    token: () => Promise.resolve(`token-${access.refreshes}`),
    after: () => {
      access.refreshes += 1;
      return access.token();
    },
  };
  return access;
}

export interface OpenedSource {
  readonly source: Source;
  readonly slots: MemorySlots;
  readonly access: Access & { refreshes: number };
  readonly lines: string[];
}

/** A source under one slot, with everything that it told its log. */
export async function openSource(origin: string, timeoutMs = 5_000): Promise<OpenedSource> {
  const slots = new MemorySlots(systemClock);
  const taken = await slots.take(mailbox, 1);
  if (taken.outcome !== 'held') throw new Error('No slot is free');
  const access = countingAccess();
  const lines: string[] = [];
  const log = jsonLog((_, line) => lines.push(line));
  const caller = new GraphCaller({
    origin,
    access,
    lease: taken.lease,
    timeoutMs,
    clock: systemClock,
    log,
    backoff: growingBackoff(systemRandom),
  });
  return { source: new GraphSource(caller, slots, mailbox), slots, access, lines };
}

/** What a promise fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail');
}

/** All that a stream gives. */
export async function drain<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}
