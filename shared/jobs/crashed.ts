import type { Log } from '../lib/log.ts';

/**
 * A failure that is a bug of ours: the log gets where it happened (no message: it may quote what was read), the queue
 * gets a throw and brings the job again, and after its last try the poison function tells the application.
 */
export function crashed(ports: { readonly log: Log }, cause: unknown): Error {
  const frames = cause instanceof Error ? (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  ports.log.error('job.crashed', {
    'error.type': cause instanceof Error ? cause.name : typeof cause,
    'error.stack': frames.slice(0, 8).join('\n'),
  });
  return new Error('a job failed unexpectedly', { cause });
}
