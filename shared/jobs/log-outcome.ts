import type { SyncJob } from '../engine/directory-ports.ts';
import type { SyncOutcome } from '../engine/runner.ts';
import { codeOf, ThrottledError } from '../errors.ts';
import type { RunPorts } from './ports.ts';

/** One line a run: what operators filter, count and alert by. */
export function logOutcome(ports: RunPorts, job: SyncJob, outcome: SyncOutcome, began: Date): void {
  const facts = {
    'connection.id': job.connectionId,
    domain: job.domain,
    'job.why': job.why,
    'job.outcome': outcome.outcome,
    'duration.ms': ports.clock.now().getTime() - began.getTime(),
  };
  if (outcome.outcome === 'failed') {
    const { failures, reason, nextDueAt } = outcome.status;
    // Its turn comes by itself: nobody is to be called out of bed for it.
    if (outcome.error instanceof ThrottledError) {
      ports.log.info('sync.waiting', { ...facts, 'error.code': outcome.error.code, 'next.due.at': nextDueAt });
      return;
    }
    ports.log.warn('sync.failed', {
      ...facts,
      'error.code': codeOf(outcome.error),
      reason,
      failures,
      'next.due.at': nextDueAt,
    });
    return;
  }
  const found = 'found' in outcome ? outcome.found : null;
  const earliest = Math.min(...(found?.earliest.values() ?? []));
  const lag = earliest === Infinity ? undefined : Math.max(0, ports.clock.now().getTime() - earliest) / 1000;
  ports.log.info(outcome.outcome === 'done' ? 'sync.completed' : 'sync.ended', {
    ...facts,
    'sync.changes': found?.changes,
    'sync.lag_seconds': lag,
  });
}
