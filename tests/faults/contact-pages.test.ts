import { afterAll, beforeAll, expect, it } from 'vitest';
import { ContractBench } from '../contract/bench.ts';
import { ofContacts } from '../contract/of-contacts.ts';
import { contactDifferences, Outlook, standing } from '../support/convergence/outlook.ts';
import { FeedReader } from '../support/convergence/reader.ts';
import { atEachPage, brokenAtLast, evict, type Troubled } from './plan/page-trouble.ts';
import { startFaultRig, type FaultRig } from './plan/rig.ts';

const MOST_PAGES = 30;
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
let troubled: Troubled;
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
  troubled = {
    ...{ rig, bench, reader },
    differences: async () => {
      const items = await bench.items();
      return [...contactDifferences(await outlook.snapshot(), items), ...reader.differences(items)];
    },
  };
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

it.each(Object.entries({ ...resets, ...others }))(
  'P5 P6 P7 %s at each page of a round of changes ends in the same contacts, each change told once',
  async (_, action) => {
    expect(await atEachPage(troubled, { action, prepare: changes, most: MOST_PAGES })).toBeGreaterThan(3);
  },
  120_000,
);

it.each(Object.entries(resets))(
  'P5 %s at each page of a round that compares all ends in the same contacts, and tells nothing',
  async (_, action) => {
    const told = reader.rows.length;
    expect(await atEachPage(troubled, { action, prepare: () => evict(troubled), most: MOST_PAGES })).toBeGreaterThan(5);
    expect(reader.rows.length).toBe(told);
  },
  120_000,
);

it('P1 the feed of all of it has no gap, and each record its rows', async () => {
  expect(await brokenAtLast(troubled)).toEqual([]);
});
