import { expect, it } from 'vitest';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import type { ContractBench } from './bench.ts';

const status = (code: number, more: object = {}): object => ({ kind: 'status', status: code, ...more });

/** What re-reading an item that is gone may answer instead of that. */
const refusals: readonly (readonly [string, object])[] = [
  ['403', status(403, { code: 'ErrorAccessDenied' })],
  ['404 of the mailbox', status(404, { code: 'MailboxNotEnabledForRESTAPI' })],
  ['404 in HTML', { kind: 'html', status: 404 }],
  ['409', status(409)],
  ['410 without a body', status(410, { body: '' })],
  ['412', status(412)],
  ['429', status(429, { headers: { 'Retry-After': '30' } })],
  ['500', status(500)],
  ['503', status(503)],
  ['a reset', { kind: 'reset' }],
  ['200 with nothing', status(200, { body: '' })],
];

/** Pages that come otherwise than once and in order. */
const replays = ['duplicate-items', 'repeat-page', 'reorder-items', 'empty-page'] as const;

/** That items come, change and go with the tenant, each told once. */
export function describeKeepingStep(open: () => ContractBench): void {
  it.each(replays)('P6 pages that come with %s tell each change once', async (kind) => {
    const bench = open();
    const { theirs } = bench.adapter.fields;
    const [changed, gone] = [await bench.person.make(`Changed ${kind}`), await bench.person.make(`Gone ${kind}`)];
    await bench.poll();
    const ids = [await bench.idOf(changed), await bench.idOf(gone)];
    await bench.rig.control('POST', '/faults', { match: { path: '/delta' }, action: { kind }, times: 4 });
    const created = await bench.person.make(`Created ${kind}`);
    await bench.person.change(changed, theirs, `Again ${kind}`);
    await bench.person.remove(gone);
    for (let polls = 0; polls < 3; polls++) await bench.poll();
    await bench.heal();
    await bench.poll();
    const { namedKind } = bench.adapter.domain;
    const types = await Promise.all([...ids, await bench.idOf(created)].map((id) => bench.told(id)));
    expect(types.map((rows) => rows.map((row) => row.split(' ')[0]))).toEqual([
      [`${namedKind}.created`, `${namedKind}.updated`],
      [`${namedKind}.created`, `${namedKind}.deleted`],
      [`${namedKind}.created`],
    ]);
  });

  it('P6 a round that runs twice, one after the other and at once, changes nothing the second time', async () => {
    const bench = open();
    const graphId = await bench.person.make('Twice');
    const job = { ...bench.scope, why: 'notification', due: null };
    await Promise.all([runSyncJob(job, bench.app), runSyncJob(job, bench.app)]);
    await runSyncJob(job, bench.app);
    await bench.poll();
    const before = await bench.feed();
    await runSyncJob(job, bench.app);
    await bench.poll();
    expect(await bench.feed()).toEqual(before);
    expect(await bench.told(await bench.idOf(graphId))).toHaveLength(1);
  });

  it.each(refusals)(
    'P7 an item that was removed stands while it is re-read with %s, and goes when it can be',
    async (name, action) => {
      const bench = open();
      const graphId = await bench.person.make(`Removed ${name}`);
      await bench.poll();
      const id = await bench.idOf(graphId);
      const [path = ''] = (await bench.kind()).itemPath(graphId).split('?');
      const match = { method: 'GET', path: `${path.replace(/^\/me/, '').replaceAll(/[^\w/%-]/g, '.')}\\?` };
      await bench.rig.control('POST', '/faults', { match, action, times: 0 });
      await bench.person.remove(graphId);
      await bench.poll();
      expect([await bench.idOf(graphId), await bench.told(id)]).toEqual([id, [expect.stringMatching(/created/)]]);
      await bench.heal();
      await bench.poll();
      await bench.poll();
      expect(await bench.item(graphId)).toBeUndefined();
      expect(await bench.told(id)).toEqual([expect.stringMatching(/created/), expect.stringMatching(/deleted/)]);
    },
  );
}
