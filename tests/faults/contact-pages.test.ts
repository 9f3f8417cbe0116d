import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { ContractBench } from '../contract/bench.ts';
import { ofContacts } from '../contract/of-contacts.ts';
import { contactDifferences, Outlook, standing } from '../support/convergence/outlook.ts';
import { FeedReader } from '../support/convergence/reader.ts';
import { brokenAtoms } from './plan/invariants.ts';
import { startFaultRig, type FaultRig } from './plan/rig.ts';

const MOST_PAGES = 30;
const MOST_POLLS = 4;
const status = (code: number, more: object = {}): object => ({ kind: 'status', status: code, ...more });

/** What ends a round: the link is dead, and all is compared. */
const resets = {
  gone: { kind: 'gone' },
  'gone with Location': { kind: 'gone', location: true },
  '410 resyncRequired': status(410, { code: 'resyncRequired' }),
  '409 resyncRequired': status(409, { code: 'resyncRequired' }),
};
/** What only delays it, or tells it otherwise. */
const others = {
  '400': status(400, { code: 'BadRequest' }),
  '404 syncStateNotFound': status(404, { code: 'syncStateNotFound' }),
  '403': status(403, { code: 'ErrorAccessDenied' }),
  '429': status(429, { headers: { 'retry-after': '3' } }),
  '500': status(500),
  '503': status(503),
  'a reset': { kind: 'reset' },
  'half an answer': { kind: 'truncate' },
  'HTML with 200': { kind: 'html', status: 200 },
  'an empty page': { kind: 'empty-page' },
  'the page again': { kind: 'repeat-page' },
  'each item twice': { kind: 'duplicate-items' },
  'entries in part': { kind: 'thin-items' },
};

let rig: FaultRig;
let bench: ContractBench;
let outlook: Outlook;
let reader: FeedReader;
let folder: string;
let names = 0;
beforeAll(async () => {
  rig = await startFaultRig({ SYNC_PAGE_SIZE: '3' });
  await rig.control('PATCH', '/settings', { throttle: { per10min: null } });
  bench = await ContractBench.start(rig, ofContacts);
  const { upn } = bench.mailbox;
  outlook = new Outlook((method, path, body) => rig.user(upn, method, path, body));
  folder = await outlook.makeFolder('Another');
  for (const place of [folder, 'contacts']) await rig.user(upn, 'POST', '/contacts', { count: 5, folder: place });
  await bench.poll();
  await bench.poll();
  reader = new FeedReader(await bench.items(), (await bench.partition()).head.lastSeq, { rows: 'contact.' });
});
afterAll(() => rig.close());

/** Something happens to contacts of both folders: some come, some change, some move, some go. */
async function changes(): Promise<void> {
  const all = standing(await outlook.snapshot()).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const [here, there] = [true, false].map((inFolder) =>
    all.filter((one) => (one.parentFolderId === folder) === inFolder),
  );
  const [moved, changed, gone] = here ?? [];
  const [back, other, left] = there ?? [];
  if (moved !== undefined) await outlook.move(moved.id, 'contacts');
  if (back !== undefined) await outlook.move(back.id, folder);
  for (const one of [changed, other])
    if (one !== undefined) await outlook.patch(one.id, { jobTitle: `Job ${++names}` });
  for (const one of [gone, left]) if (one !== undefined) await outlook.delete(one.id);
  for (const place of [folder, 'contacts']) await outlook.create({ displayName: `New ${++names}` }, place);
}

/** Every link is dead: a round that compares all. */
const evict = (): Promise<unknown> => rig.control('POST', '/tokens/evict', { upn: bench.mailbox.upn });

/** Ends the trouble; within a few polls the store equals the tenant, and the feed has told each change once. */
async function ended(): Promise<string[]> {
  await bench.heal();
  let open: string[] = [];
  for (let polls = 0; polls < MOST_POLLS; polls++) {
    await bench.poll();
    reader.follow(await bench.app.store.readChanges(bench.scope, reader.seq, 10_000));
    const items = await bench.items();
    open = [...contactDifferences(await outlook.snapshot(), items), ...reader.differences(items)];
    if (open.length === 0) break;
  }
  return [...open, ...reader.faults.splice(0), ...brokenAtoms(await bench.partition(), bench.scope)];
}

/** Runs a round with the trouble at page after page, until there is no such page. Answers how many there were. */
async function atEachPage(prepare: () => Promise<unknown>, action: object): Promise<number> {
  for (let page = 0; page < MOST_PAGES; page++) {
    await prepare();
    const match = { path: '/delta', upn: bench.mailbox.upn };
    await rig.control('POST', '/faults', { match, action, skip: page });
    await bench.poll();
    const [fault] = z.array(z.object({ used: z.number() })).parse(await rig.control('GET', '/faults'));
    expect(await ended(), `at page ${page + 1}`).toEqual([]);
    if (fault?.used !== 1) return page;
  }
  throw new Error('the round has no end');
}

it.each(Object.entries({ ...resets, ...others }))(
  'P5 P6 P7 %s at each page of a round of changes ends in the same contacts, each change told once',
  async (_, action) => {
    expect(await atEachPage(changes, action)).toBeGreaterThan(3);
  },
  120_000,
);

it.each(Object.entries(resets))(
  'P5 %s at each page of a round that compares all ends in the same contacts, and tells nothing',
  async (_, action) => {
    const told = reader.rows.length;
    expect(await atEachPage(evict, action)).toBeGreaterThan(5);
    expect(reader.rows.length).toBe(told);
  },
  120_000,
);
