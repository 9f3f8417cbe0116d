import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RemotePage, Source } from '../../../shared/engine/ports.ts';
import { GoneError, ResyncRequiredError, ThrottledError, TransientError } from '../../../shared/errors.ts';
import { drain, failureOf } from './support.ts';
import { Tenancy } from './tenant.ts';

const itemSchema = z.looseObject({ id: z.string() });
const inbox = { path: '/me/mailFolders/inbox/messages/delta?$select=subject,isRead,parentFolderId' };
const pathOf = (id: string): string => `/me/messages/${encodeURIComponent(id)}?$select=id,subject,isRead`;

/** A round to its end: its items and its delta link. */
async function round(source: Source, from: string | { path: string }): Promise<{ ids: string[]; delta: string }> {
  const ids: string[] = [];
  let at = from;
  for (;;) {
    const page: RemotePage = await source.page(at, 10);
    ids.push(...page.items.map((item) => itemSchema.parse(item).id));
    if (page.delta !== null) return { ids, delta: page.delta };
    at = page.next ?? '';
  }
}

interface Opened extends AsyncDisposable {
  readonly tenancy: Tenancy;
  readonly source: Source;
  readonly ids: readonly string[];
  readonly delta: string;
}

/** A connected mailbox with so many messages more in its inbox, read once. */
async function opened(count: number): Promise<Opened> {
  const tenancy = await Tenancy.start();
  await tenancy.connect();
  await tenancy.control('POST', '/users/kim@contoso.com/messages', { count, folder: 'inbox' });
  const source = await tenancy.source(tenancy.worker());
  const first = await round(source, inbox);
  return { tenancy, source, ...first, [Symbol.asyncDispose]: () => tenancy[Symbol.asyncDispose]() };
}

describe('a mailbox', () => {
  it('is read in a round, and again from its delta link', async () => {
    await using world = await opened(25);
    const { source, ids, delta } = world;
    expect(new Set(ids).size).toBeGreaterThanOrEqual(25);
    expect((await round(source, delta)).ids).toEqual([]);
    await source.write({
      method: 'PATCH',
      path: `/me/messages/${encodeURIComponent(ids[0] ?? '')}`,
      body: { isRead: true },
    });
    await source.write({
      method: 'PATCH',
      path: `/me/messages/${encodeURIComponent(ids[0] ?? '')}`,
      body: { isRead: false },
    });
    expect((await round(source, delta)).ids).toEqual([ids[0]]);
  });

  it('is read by batches that tell gone items from others', async () => {
    await using world = await opened(25);
    const { tenancy, source, ids } = world;
    await tenancy.control(
      'DELETE',
      `/users/kim@contoso.com/messages/${encodeURIComponent(ids[3] ?? '')}?permanent=true`,
    );
    const answers = await source.getMany(ids.map(pathOf));
    expect(answers.map((one) => one.outcome).filter((one) => one === 'found')).toHaveLength(ids.length - 1);
    expect(answers[3]).toEqual({ outcome: 'gone' });
    expect(await failureOf(source.get(pathOf(ids[3] ?? '')))).toBeInstanceOf(GoneError);
  });

  it('fails a batch in part', async () => {
    await using world = await opened(5);
    const { tenancy, source, ids } = world;
    const action = { kind: 'status', status: 429, headers: { 'retry-after': '7' } };
    await tenancy.control('POST', '/faults', {
      match: { path: `/me/messages/${encodeURIComponent(ids[2] ?? '')}` },
      action,
    });
    const answers = await source.getMany(ids.slice(0, 5).map(pathOf));
    expect(answers.map((one) => one.outcome)).toEqual(['found', 'found', 'failed', 'found', 'found']);
    expect(answers[2]?.outcome === 'failed' && answers[2].error).toBeInstanceOf(ThrottledError);
  });

  it('lists folders to the end', async () => {
    await using world = await opened(1);
    const { source } = world;
    const folders = (await drain(source.list('/me/mailFolders?$top=2'))).flat();
    expect(folders.length).toBeGreaterThan(4);
  });

  it('asks for a fresh round when its links are evicted', async () => {
    await using world = await opened(3);
    const { tenancy, source, delta } = world;
    await tenancy.control('POST', '/tokens/evict', {});
    expect(await failureOf(source.page(delta, 10))).toBeInstanceOf(ResyncRequiredError);
  });

  it.each([
    { kind: 'reset' },
    { kind: 'truncate' },
    { kind: 'html', status: 502 },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 504 },
  ])('takes $kind $status for a passing failure', async (action) => {
    await using world = await opened(3);
    const { tenancy, source, delta } = world;
    await tenancy.control('POST', '/faults', { match: { path: 'delta' }, action });
    expect(await failureOf(source.page(delta, 10))).toBeInstanceOf(TransientError);
    expect((await round(source, delta)).ids).toEqual([]);
  });
});

describe('P17 a mailbox that cannot be reached', () => {
  it.each([
    ['notEnabled', { reason: 'mailbox_unreachable' }],
    ['moving', { code: 'remote.transient' }],
  ])('because it is %s is no "gone"', async (mailbox, expected) => {
    await using world = await opened(2);
    const { tenancy, source, ids } = world;
    await tenancy.control('PATCH', '/users/kim@contoso.com', { mailbox });
    expect(await failureOf(source.get(pathOf(ids[0] ?? '')))).toMatchObject(expected);
  });
});
