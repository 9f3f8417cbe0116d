import type { DueStore } from '../engine/directory-ports.ts';

interface Covered {
  readonly connectionId: string;
  readonly domain: string;
  /** The row of `due` that covers the job's message. */
  readonly due: { readonly kind: string; readonly at: string } | null;
}

/**
 * Puts the next due row in the place of the one that covered this job (null = none is needed). The row of a job without
 * a cover is simply added. Where a crash leaves a row too many, it costs one empty job that takes it away.
 */
export async function moveDue(
  ports: { readonly due: DueStore },
  job: Covered,
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

/** The domain's regular row moves on, and the row that covered this job goes, unless it is the same one. */
export async function moveRegular(
  ports: { readonly due: DueStore },
  job: Covered,
  regular: { readonly before: string | null; readonly next: string | null },
): Promise<void> {
  const { before, next } = regular;
  const at = before === null ? job.due?.at : before;
  const from = at === undefined ? null : { kind: job.domain, at };
  await moveDue(ports, { ...job, due: from }, next === null ? null : new Date(next));
  if (job.due !== null && job.due.at !== at && job.due.at !== next) await moveDue(ports, job, null);
}
