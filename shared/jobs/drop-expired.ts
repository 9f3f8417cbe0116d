import { commitFree } from '../engine/append.ts';
import { noEffect } from '../engine/chunk.ts';
import { ANSWER_LIFE_MS } from '../engine/idempotency.ts';
import type { Scope } from '../engine/model.ts';
import { codeOf } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import type { JobPorts } from './ports.ts';

/** Answers removed by one commit. */
const ROWS = 90;

/** What belongs to no connection: answers to requests with an Idempotency-Key, and the audit beyond its retention. */
export async function dropExpired(ports: JobPorts): Promise<void> {
  const now = ports.clock.now();
  await attempt(ports, 'answers', () => ports.idempotency.dropExpired(now));
  await attempt(ports, 'audit', () => ports.audit.dropBefore(plus(now, -ports.config.auditRetentionMs)));
}

async function attempt(ports: JobPorts, what: string, drop: () => Promise<number>): Promise<void> {
  try {
    const count = await drop();
    ports.log.info('housekeeping.expired_dropped', { what, count });
  } catch (error) {
    // The next run comes within the hour, and what is left of this one goes on.
    ports.log.error('housekeeping.failed', { what, 'error.code': codeOf(error) });
  }
}

/**
 * Answers that writes committed in a partition, beyond their life. Through the fence: a key that is used anew meanwhile
 * makes this commit fail and look again. Throws ClosedError where the connection is leaving.
 */
export async function dropAnswers(ports: JobPorts, scope: Scope): Promise<void> {
  const before = plus(ports.clock.now(), -ANSWER_LIFE_MS);
  const look = (): Promise<string[]> => ports.store.answersBefore(scope, before, ROWS);
  while ((await look()).length > 0)
    await commitFree(ports, scope, async (chunk) => {
      const writes = (await look()).map((remove) => ({ row: 'answer', remove }) as const);
      chunk.add({ ...noEffect, writes });
    });
}
