import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { PlanContext } from '../../shared/engine/domain.ts';
import type { Source } from '../../shared/engine/ports.ts';
import { GoneError } from '../../shared/errors.ts';
import type { DomainAdapter } from './adapter.ts';

const DOMAINS = fileURLToPath(new URL('../../shared/domains', import.meta.url));
/** Everything that a path must not hold as it is. */
const ODD_ID = `a/b?c#d%e f=+'"é../..&`;

/** What a domain's folder looks like, and what it makes of ids. */
export function describeShape(adapter: DomainAdapter): void {
  const { domain } = adapter;
  it('is a folder of the same shape as every other', () => {
    const files = readdirSync(`${DOMAINS}/${domain.name}`);
    const kind = domain.namedKind;
    const shape = ['index.ts', `${kind}.ts`, `${kind}-wire.ts`, 'push.ts', 'queries.ts', 'settings.ts', 'streams.ts'];
    expect(shape.filter((file) => !files.includes(file))).toEqual([]);
  });

  it('encodes ids in the paths that re-read items', () => {
    for (const kind of Object.values(domain.kinds(null))) expect(segmentsOf(kind.itemPath(ODD_ID))).toContain(ODD_ID);
  });

  it('encodes ids in all paths of a stream, and asks for a first page below the version', async () => {
    const { entries, ...world } = adapter.odd(ODD_ID);
    const plans = await domain.plan(contextOf({ ...world, entries: () => Promise.resolve(entries) }));
    const [root, ...others] = plans;
    expect(root?.root).toBe(true);
    const paths = others.flatMap(({ first, idsPath, containerPath }) => [first.path, idsPath, containerPath]);
    const given = paths.filter((path) => path !== null);
    expect(given.filter((path) => !path.startsWith('/'))).toEqual([]);
    const odd = others.filter(({ first }) => segmentsOf(first.path).includes(ODD_ID));
    expect(odd.length).toBe(1);
    for (const { idsPath, containerPath } of odd)
      for (const path of [idsPath, containerPath]) if (path !== null) expect(segmentsOf(path)).toContain(ODD_ID);
  });

  it('plans the same streams from the same state, each once, under an id that a key takes', async () => {
    const { entries, ...world } = adapter.odd(ODD_ID);
    const plan = (): ReturnType<typeof domain.plan> =>
      domain.plan(contextOf({ ...world, entries: () => Promise.resolve(entries) }));
    const [once, again] = [await plan(), await plan()];
    expect(again).toEqual(once);
    const ids = once.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[\w-]{1,64}$/.test(id))).toEqual([]);
  });

  it('plans the root alone until it was read once', async () => {
    const plans = await domain.plan(contextOf({ notes: null, baselined: () => false }));
    expect(plans.map(({ root }) => root)).toEqual([true]);
  });
}

const segmentsOf = (path: string): string[] =>
  new URL(path, 'https://graph.example').pathname.split('/').map((segment) => decodeURIComponent(segment));

const contextOf = (given: Partial<PlanContext>): PlanContext => ({
  settings: {},
  entries: () => Promise.resolve([]),
  baselined: () => true,
  source: emptySource,
  notes: null,
  note: () => undefined,
  ...given,
});

const gone = (): never => {
  throw new GoneError('nothing is there');
};

/** A mailbox in which nothing is found. */
const emptySource: Source = {
  page: () => Promise.resolve({ items: [], next: null, delta: 'https://graph.example/delta' }),
  get: () => Promise.resolve().then(gone),
  getMany: (paths) => Promise.resolve(paths.map(() => ({ outcome: 'gone' }))),
  list: async function* () {
    yield await Promise.resolve([]);
  },
  media: () => Promise.resolve().then(gone),
  write: () => Promise.resolve().then(gone),
};
