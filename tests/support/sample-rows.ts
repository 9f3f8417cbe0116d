import { newHead, type Head } from '../../shared/engine/head.ts';
import type { Change, Cursor, EngineRecord, Hint } from '../../shared/engine/model.ts';
import type { PartitionStore, Write } from '../../shared/engine/ports.ts';
import type { Scope } from '../../shared/engine/model.ts';

export const sampleScope = (name: string): Scope => ({ connectionId: `c-${name}`, domain: 'mail' });

export const sampleRecord = (id: string, more: Partial<EngineRecord> = {}): EngineRecord => ({
  id,
  kind: 'message',
  graphId: `AAMk-${id}`,
  etag: null,
  stream: 'inbox',
  generation: 1,
  modifiedAt: null,
  fields: { subject: `Subject of ${id}`, isRead: false },
  base: null,
  own: [],
  truncated: false,
  ...more,
});

export const sampleChange = (seq: number, more: Partial<Change> = {}): Change => ({
  seq,
  type: 'message.created',
  domain: 'mail',
  id: `m${seq}`,
  graphId: null,
  cause: 'poll',
  changed: [],
  before: null,
  after: null,
  at: new Date(Date.UTC(2026, 0, 1, 0, 0, seq)).toISOString(),
  ...more,
});

export const sampleCursor = (stream: string, more: Partial<Cursor> = {}): Cursor => ({
  stream,
  kind: 'message',
  label: stream,
  link: null,
  phase: 'baseline',
  midRound: false,
  generation: 1,
  baselined: false,
  told: false,
  records: 0,
  seen: 0,
  expected: null,
  failures: 0,
  lastError: null,
  notBefore: null,
  resets: 0,
  miscounts: 0,
  lastPolledAt: null,
  pageSize: null,
  held: 0,
  ...more,
});

export const sampleHint = (stream: string, id: string): Hint => ({
  stream,
  id,
  kind: 'message',
  graphId: `AAMk-${id}`,
  why: 'removed',
  cause: 'poll',
  since: '2026-01-01T00:00:00.000Z',
  notBefore: null,
  held: false,
});

/** The head with one commit more. */
export const withCommit = (head: Head, commitId: string, more: Partial<Head> = {}): Head => ({
  ...head,
  ...more,
  commits: [...head.commits, commitId].slice(-8),
});

let lastCommit = 0;

/** Commits on top of whatever head stands (one is made where there is none); answers the new version. */
export async function commitRows(
  store: PartitionStore,
  scope: Scope,
  writes: readonly Write[],
  more: Partial<Head> = {},
): Promise<string> {
  const { head, version } = await store.createHead(scope, newHead());
  const commitId = `commit-${++lastCommit}`;
  return store.commit(scope, { version, head: withCommit(head, commitId, more), commitId, writes });
}

/** All pages of an async iterable in one array. */
export async function allOf<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}
