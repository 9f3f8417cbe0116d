import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { z, ZodError } from 'zod';
import type { Decoded, Kind } from '../../shared/engine/domain.ts';
import type { EngineRecord } from '../../shared/engine/model.ts';
import type { Json } from '../../shared/lib/json.ts';
import { brokenAtoms } from '../faults/plan/invariants.ts';
import { schemaContract } from '../support/api-contract.ts';
import { sampleRecord } from '../support/sample-rows.ts';
import type { ContractBench } from './bench.ts';

const members = z.record(z.string(), z.unknown());
const page = z.looseObject({ value: z.array(z.unknown()) });
/** What is no item at all. */
const rubbish: readonly unknown[] = [null, 0, true, 'text', [], {}, { id: null }, { id: 7 }, { id: '' }, [{ id: 'x' }]];
/** What a member may be instead of what it should be. */
const wrong: readonly unknown[] = [
  null,
  7,
  -1.5,
  true,
  'odd',
  '',
  [],
  [null],
  [7],
  [[]],
  {},
  { a: 1 },
  [{ address: 7 }],
];

type Item = Extract<Decoded, { type: 'item' }>;

/** What a domain reads, keeps and shows. */
export function describeReading(open: () => ContractBench): void {
  /** Every raw item of a kind that came by a page so far. */
  const rawOf = (kind: string): unknown[] =>
    open()
      .pages.filter((each) => each.kind === kind)
      .flatMap(({ items }) => items);

  const kindsOf = async (): Promise<[Kind, unknown[]][]> => {
    const { head } = await open().partition();
    return Object.values(open().adapter.domain.kinds(head.notes)).map((kind) => [kind, rawOf(kind.name)]);
  };

  it('reads what the tenant serves, in fields that its defaults name, or what it shows where nobody has said anything', async () => {
    for (const [kind, raw] of await kindsOf()) {
      expect(raw.length, kind.name).toBeGreaterThan(0);
      const bare = sampleRecord('bare', { kind: kind.name, fields: kind.defaults });
      const known = Object.keys({ ...kind.defaults, ...kind.show(bare) });
      for (const entry of raw) {
        const [part, item] = [kind.decode(entry, false), kind.decode(entry, true)];
        if (part.type === 'removed' || item.type === 'removed') continue;
        const named = Object.keys({ ...part.fields, ...item.fields });
        expect(known).toEqual(expect.arrayContaining(named));
        expect([item.partial, item.graphId]).toEqual([false, idOf(entry)]);
        expect(JSON.parse(JSON.stringify(item.fields))).toEqual(item.fields);
      }
    }
  });

  it('refuses rubbish by a ZodError, and nothing else', async () => {
    for (const [kind] of await kindsOf())
      for (const entry of rubbish) expect(() => kind.decode(entry, false), JSON.stringify(entry)).toThrow(ZodError);
  });

  it('reads an item whose members are of wrong types, or refuses it; what it reads can be kept and shown', async () => {
    const shows = schemaContract(await open().document(), open().adapter.view);
    for (const [kind, raw] of await kindsOf()) {
      const odd = oneOfEachShape(kind, raw).flatMap(oddities);
      for (const { item: entry, what } of odd) {
        const item = tryDecode(kind, entry);
        if (item?.type !== 'item') continue;
        const record = recordOf(kind, item);
        kind.index(record);
        kind.placeOf(record.fields);
        kind.matchKeys?.(record.fields);
        if (kind.feed) expect(shows(kind.show(record)), what).toEqual([]);
      }
    }
  });

  it('shows items as openapi.json describes them, in lists and in the feed, from its defaults alone as well', async () => {
    const bench = open();
    const shows = schemaContract(await bench.document(), bench.adapter.view);
    const kind = await bench.kind();
    const bare = recordOf(kind, { graphId: 'AAk', fields: {} });
    const listed = await bench.items();
    expect(listed.length).toBeGreaterThan(1);
    for (const item of [...listed, kind.show(bare), kind.show({ ...bare, graphId: null })])
      expect(shows(item)).toEqual([]);
  });

  it('finds its index rows again, from the record alone', async () => {
    const { records } = await open().partition();
    expect(brokenAtoms(await open().partition(), open().scope)).toEqual([]);
    for (const [kind] of await kindsOf())
      for (const record of records.filter((each) => each.kind === kind.name)) {
        const copy = recordSchema(record);
        const entries = kind.index(record);
        expect(kind.index(copy)).toEqual(entries);
        const keys = entries.map(({ order, id }) => `${order}|${id}`);
        expect(new Set(keys).size).toBe(keys.length);
        expect(entries.length).toBeGreaterThan(0);
        for (const { order, id } of entries) expect([/^[a-z]:/.test(order), id]).toEqual([true, record.id]);
      }
  });

  it('P11 keeps what it cannot read aside, and the page goes on', async () => {
    const bench = open();
    const title = 'Beside rubbish';
    const graphId = await bench.person.make(title);
    const before = (await bench.feed()).length;
    const { namedKind } = bench.adapter.domain;
    bench.rig.heal();
    const spoil = bench.rig.proxies.graph.plan({
      ...(bench.adapter.pages[namedKind] === undefined ? {} : { path: bench.adapter.pages[namedKind] }),
      times: Infinity,
      fault: { rewrite: (text) => edited(text, (items) => (items.length === 0 ? items : [...rubbish, ...items])) },
    });
    await bench.poll();
    spoil.cancel();
    const { head, rows } = await bench.partition();
    expect([(await bench.item(graphId))?.[bench.adapter.title], head.status.status]).toEqual([title, 'ok']);
    expect(rows('bad').length).toBe(rubbish.length);
    expect((await bench.feed()).length).toBe(before + 1);
    await bench.heal();
    await bench.poll();
    expect(brokenAtoms(await bench.partition(), bench.scope)).toEqual([]);
  });

  it('takes members and words that nobody knows yet for data', async () => {
    const bench = open();
    bench.rig.heal();
    const odd = { newMember: { deep: [1, null, { a: 'b' }] }, '@a.b': 1, 'newMember@odata.count': 2 };
    const words = Object.fromEntries(bench.adapter.words.map((name) => [name, 'unknownFutureValue']));
    const rewrite = (text: string): string =>
      edited(text, (items) => items.map((item) => ({ ...members.parse(item), ...odd, ...words })));
    bench.rig.proxies.graph.plan({ path: /\/delta\b/, times: Infinity, fault: { rewrite } });
    const aside = async (): Promise<string[]> => (await bench.partition()).rows('bad').map(({ rowKey }) => rowKey);
    const before = new Set(await aside());
    const ids = [await bench.person.make('From the future'), await bench.person.makeOdd('Odd')];
    await bench.poll();
    await bench.heal();
    for (const id of ids) expect(await bench.item(id)).toBeDefined();
    // A window that goes on at this hour of the day takes those of before away.
    expect((await aside()).filter((rowKey) => !before.has(rowKey))).toEqual([]);
  });

  it('cuts what is too long, of whatever it keeps, until it fits a row', async () => {
    const { app, adapter } = open();
    for (const [kind, raw] of await kindsOf()) {
      const items = raw.map((entry) => kind.decode(entry, true)).filter((item) => item.type === 'item');
      for (const item of items.slice(0, 2)) {
        const whole = recordOf(kind, item);
        const long = (adapter.long[kind.name] ?? []).map((name): [string, Json] => [name, grown(whole.fields[name])]);
        const fields = { ...whole.fields, ...Object.fromEntries(long) };
        const cut: EngineRecord = { ...whole, fields: kind.shrink(fields) };
        expect(app.store.sizeOf({ row: 'record', put: cut })).toBeLessThan(960 * 1024);
        for (const entry of kind.index(cut))
          expect(app.store.sizeOf({ row: 'index', put: entry })).toBeLessThan(960 * 1024);
      }
    }
  });
}

/** An item with one member after the other that is of another type than it should be. */
const oddities = (item: Readonly<Record<string, unknown>>): { item: unknown; what: string }[] =>
  Object.keys(item)
    .flatMap((name) => wrong.map((value) => ({ [name]: value })))
    .map((odd) => ({ item: { ...item, ...odd }, what: JSON.stringify(odd) }));

/** Of the items that say the same members, one each. */
function oneOfEachShape(kind: Kind, raw: readonly unknown[]): Record<string, unknown>[] {
  const items = raw.filter((entry) => kind.decode(entry, false).type === 'item').map((entry) => members.parse(entry));
  const shapes = Map.groupBy(items, (item) =>
    Object.keys(item)
      .filter((name) => item[name] !== null)
      .toSorted()
      .join(),
  );
  const samples = [...shapes.values()].flatMap((same) => same.slice(0, 1));
  if (samples.length === 0) throw new Error(`there is no ${kind.name}`);
  return samples;
}

const idOf = (entry: unknown): string => z.object({ id: z.string() }).parse(entry).id;

function tryDecode(kind: Kind, raw: unknown): Decoded | null {
  try {
    return kind.decode(raw, false);
  } catch (error) {
    if (error instanceof ZodError) return null;
    throw error;
  }
}

const recordOf = (kind: Kind, { graphId, fields }: Pick<Item, 'graphId' | 'fields'>): EngineRecord => ({
  id: 'r1',
  kind: kind.name,
  graphId,
  etag: null,
  stream: 's1',
  generation: 1,
  modifiedAt: null,
  fields: { ...kind.defaults, ...fields },
  base: null,
  own: [],
  truncated: false,
});

/** The record as another process reads it. */
const recordSchema = (record: EngineRecord): EngineRecord => structuredClone(record);

function edited(text: string, change: (items: readonly unknown[]) => readonly unknown[]): string {
  const read = page.parse(JSON.parse(text));
  return JSON.stringify({ ...read, value: change(read.value) });
}

/** The same sort of value, of a size that no compression brings down. */
function grown(value: Json | undefined): Json {
  if (typeof value === 'string') return randomBytes(150_000).toString('base64');
  if (Array.isArray(value)) {
    const entries: readonly Json[] = value;
    return Array.from({ length: 3_000 }, () => longer(entries[0] ?? 'a category'));
  }
  return value ?? randomBytes(150_000).toString('base64');
}

function longer(entry: Json): Json {
  if (typeof entry === 'string') return randomBytes(120).toString('base64');
  const parts = z.record(z.string(), z.json()).safeParse(entry).data ?? {};
  return Object.fromEntries(Object.entries(parts).map(([name, value]): [string, Json] => [name, longer(value ?? '')]));
}
