import { text } from 'node:stream/consumers';
import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { expectStatus } from '../storage/status-code.ts';
import type { Schedule } from './ncrontab.ts';

const NEVER = '0001-01-01T00:00:00';

const statusSchema = z.object({ Last: z.string(), Next: z.string(), LastUpdated: z.string() });

/** What the host remembers of a timer, in the real host's form. */
export type TimerStatus = z.infer<typeof statusSchema>;

export interface TimerStore {
  read(): Promise<TimerStatus | undefined>;
  write(status: TimerStatus): Promise<void>;
}

/** The store in blob `timers/<hostId>/Host.Functions.<name>/status`. */
export function blobTimerStore(container: ContainerClient, hostId: string, name: string): TimerStore {
  const blob = container.getBlockBlobClient(`timers/${hostId}/Host.Functions.${name}/status`);
  return {
    read: async () => {
      try {
        return statusSchema.parse(JSON.parse(await readText(blob)));
      } catch (error) {
        expectStatus(error, 404);
        return undefined;
      }
    },
    write: async (status) => {
      await container.createIfNotExists();
      const content = JSON.stringify(status);
      await blob.upload(content, Buffer.byteLength(content));
    },
  };
}

/** In one request: between two, another host may have written. */
async function readText(blob: BlockBlobClient): Promise<string> {
  const { readableStreamBody } = await blob.download();
  return readableStreamBody === undefined ? '' : text(readableStreamBody);
}

/** For a host without storage: a restart forgets. */
export function memoryTimerStore(): TimerStore {
  let kept: TimerStatus | undefined;
  return {
    read: () => Promise.resolve(kept),
    write: (status) => {
      kept = status;
      return Promise.resolve();
    },
  };
}

export function statusAfterRun(schedule: Schedule, now: Date): TimerStatus {
  return { Last: now.toISOString(), Next: schedule.next(now).toISOString(), LastUpdated: now.toISOString() };
}

/**
 * What a listener does first: finds out whether a run was missed. A first start, and a schedule whose text has changed,
 * has missed none; the status to keep is then a new one.
 */
export function checkPastDue(
  schedule: Schedule,
  stored: TimerStatus | undefined,
  now: Date,
): { status: TimerStatus; isPastDue: boolean } {
  const fresh = { Last: NEVER, Next: schedule.next(now).toISOString(), LastUpdated: now.toISOString() };
  if (stored === undefined) return { status: fresh, isPastDue: false };
  const expected = schedule.next(new Date(stored.LastUpdated));
  if (expected.getTime() !== Date.parse(stored.Next)) {
    const Next = (now > expected ? schedule.next(now) : expected).toISOString();
    return { status: { ...fresh, Next }, isPastDue: false };
  }
  return { status: stored, isPastDue: now > expected };
}

/** The monitor is no use, and off, for what fires more than once a minute. */
export function isTooFrequentToMonitor(schedule: Schedule, now: Date): boolean {
  let before = schedule.next(now);
  for (let count = 0; count < 10; count += 1) {
    const after = schedule.next(before);
    if (after.getTime() - before.getTime() < 60_000) return true;
    before = after;
  }
  return false;
}
