import type { DueStore } from '../engine/directory-ports.ts';

/**
 * Puts the next due row in the place of the one that covered this job (null = none is needed). The row of a job without
 * a cover is simply added. Where a crash leaves a row too many, it costs one empty job that takes it away.
 */
export async function moveDue(
  ports: { readonly due: DueStore },
  job: {
    readonly connectionId: string;
    readonly domain: string;
    readonly due: { readonly kind: string; readonly at: string } | null;
  },
  next: Date | null,
  kind: string = job.domain,
): Promise<void> {
  const to = next === null ? null : { kind, connectionId: job.connectionId, dueAt: next };
  if (job.due === null || job.due.kind !== kind) {
    if (to !== null) await ports.due.add(to);
    return;
  }
  await ports.due.move({ kind, connectionId: job.connectionId, dueAt: new Date(job.due.at) }, to);
}
