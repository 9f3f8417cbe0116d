import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streamOfFolder } from '../../shared/domains/contacts/folder.ts';
import { contacts } from '../../shared/domains/contacts/index.ts';
import { contactResources } from '../../shared/domains/contacts/resources.ts';
import { storedLists } from '../../shared/engine/short-lists.ts';
import type { PlanContext } from '../../shared/engine/domain.ts';
import type { IndexEntry } from '../../shared/engine/model.ts';
import type { ItemAnswer, Source } from '../../shared/engine/ports.ts';
import type { Json } from '../../shared/lib/json.ts';

const entry = (id: string, parentId: string | null = 'D'): IndexEntry => ({
  order: `f:${id}`,
  id,
  item: { id, name: id, parentId },
  columns: {},
});

interface Given {
  readonly notes?: Json;
  readonly settings?: Json;
  readonly folders?: readonly string[];
  readonly baselined?: readonly string[];
  readonly answer?: ItemAnswer;
}

/** A plan, what it noted, and what it asked Graph for. */
async function plan(given: Given) {
  const noted: Json[] = [];
  const asked: string[] = [];
  const refused = (): never => {
    throw new Error('nobody asks for this');
  };
  const source: Source = {
    ...{ page: refused, get: refused, list: refused, media: refused, write: refused },
    getMany: (paths) => {
      asked.push(...paths);
      return Promise.resolve(paths.map(() => given.answer ?? { outcome: 'gone' }));
    },
  };
  const context: PlanContext = {
    settings: given.settings ?? {},
    entries: (letter) => Promise.resolve(letter === 'f' ? (given.folders ?? []).map((id) => entry(id)) : []),
    baselined: (stream) => given.baselined?.includes(stream) ?? false,
    source,
    notes: given.notes ?? null,
    note: (notes) => noted.push(notes),
  };
  const plans = await contacts.plan(context);
  return { plans, streams: plans.map(({ id }) => id), noted: noted.at(-1), asked };
}

const [A, B] = [streamOfFolder('A'), streamOfFolder('B')];

describe('the streams', () => {
  it('are the folders alone until they were read once', async () => {
    const { streams, noted, asked } = await plan({});
    expect([streams, noted, asked]).toEqual([['folders'], {}, []]);
  });

  it('are the default folder first, then each folder by name, by the delta of each', async () => {
    const { plans, streams, asked } = await plan({ notes: {}, folders: ['B', 'A'], baselined: ['folders'] });
    expect(streams).toEqual(['folders', 'default', A, B]);
    expect(plans.slice(1).map(({ first }) => first.path.split('?')[0])).toEqual([
      '/me/contacts/delta',
      '/me/contactFolders/A/contacts/delta',
      '/me/contactFolders/B/contacts/delta',
    ]);
    // `$select` is all that contacts' delta takes.
    expect(plans.map(({ first }) => [...new URLSearchParams(first.path.split('?')[1]).keys()])).toEqual(
      plans.map(() => ['$select']),
    );
    expect(asked).toEqual([]);
  });

  it('have the default folder last while it was read and found empty, so that nobody knows its id', async () => {
    const empty: ItemAnswer = { outcome: 'found', raw: { value: [] } };
    const given = { notes: {}, folders: ['A'], baselined: ['folders', 'default'] };
    const { streams, asked, noted } = await plan({ ...given, answer: empty });
    expect(streams).toEqual(['folders', A, 'default']);
    expect(asked).toEqual(['/me/contacts?$top=1&$select=parentFolderId']);
    expect(noted).toBeUndefined();
    const failed = await plan({ ...given, answer: { outcome: 'failed', error: new Error('down') } });
    expect(failed.streams).toEqual(['folders', A, 'default']);
  });

  it('have it first as soon as a contact of it tells its id', async () => {
    const raw = { value: [{ id: 'G', parentFolderId: 'D' }] };
    const given = { notes: {}, folders: ['A'], baselined: ['folders', 'default'] };
    const { streams, noted } = await plan({ ...given, answer: { outcome: 'found', raw } });
    expect([streams, noted]).toEqual([['folders', 'default', A], { defaultFolderId: 'D' }]);
    const later = await plan({ ...given, notes: { defaultFolderId: 'D' } });
    expect([later.streams, later.asked, later.noted]).toEqual([['folders', 'default', A], [], undefined]);
  });

  it('note the region that the settings name, and forget one that they name no more', async () => {
    const notes = { defaultFolderId: 'D', places: ['x'] };
    expect((await plan({ notes, settings: { defaultRegion: 'de' } })).noted).toEqual({ ...notes, region: 'DE' });
    expect((await plan({ notes: { ...notes, region: 'DE' } })).noted).toEqual(notes);
    expect(
      (await plan({ notes: { ...notes, region: 'DE' }, settings: { defaultRegion: 'DE' } })).noted,
    ).toBeUndefined();
  });
});

const kinds = (notes: Json) => {
  const { contact, folder } = contacts.kinds(notes);
  if (contact === undefined || folder === undefined) throw new Error('a kind is missing');
  return { contact, folder };
};

describe('the place of a contact', () => {
  it('is the default folder where its id is known, and the stream of any other folder', () => {
    const { contact } = kinds({ defaultFolderId: 'D' });
    expect(contact.placeOf({ folderId: 'D' })).toBe('default');
    expect(contact.placeOf({ folderId: 'A' })).toBe(A);
    expect(contact.placeOf({ folderId: null })).toBeUndefined();
    expect(contact.placeOf({})).toBeUndefined();
  });

  it('is learnt from the first page of the default folder that shows a contact', () => {
    const page = [{ id: 'G', parentFolderId: 'D' }, { id: 'H', '@removed': {} }, 'rubbish'];
    expect(contacts.learn?.('default', page, null)).toEqual({ defaultFolderId: 'D' });
    expect(contacts.learn?.('default', page, { region: 'DE' })).toEqual({ defaultFolderId: 'D', region: 'DE' });
    expect(contacts.learn?.('default', page, { defaultFolderId: 'D' })).toBeUndefined();
    expect(contacts.learn?.('default', [{ id: 'H', '@removed': {} }], null)).toBeUndefined();
    expect(contacts.learn?.(A, [{ id: 'G', parentFolderId: 'A' }], null)).toBeUndefined();
  });

  it('is another one only where a whole page says so', () => {
    const notes = { defaultFolderId: 'D' };
    const [there, here] = [
      { id: 'G', parentFolderId: 'E' },
      { id: 'H', parentFolderId: 'D' },
    ];
    expect(contacts.learn?.('default', [there, here], notes)).toBeUndefined();
    expect(contacts.learn?.('default', [here, there], notes)).toBeUndefined();
    expect(contacts.learn?.('default', [there, there], notes)).toEqual({ defaultFolderId: 'E' });
  });

  it('is not learnt from rubbish', () => {
    fc.assert(
      fc.property(fc.constantFrom('default', 'folders'), fc.array(fc.anything()), (stream, items) => {
        expect(() => contacts.learn?.(stream, items, null)).not.toThrow();
      }),
    );
  });
});

describe('the place of a folder', () => {
  const learnt = (items: readonly unknown[], notes: Json = null): Json =>
    contacts.learn?.('folders', items, notes) ?? notes;

  it('is among the others where its own delta has shown that folders lie', () => {
    const notes = learnt([
      { id: 'A', displayName: 'A', parentFolderId: 'D' },
      { id: 'B', displayName: 'B', parentFolderId: 'A' },
    ]);
    const { folder } = kinds(notes);
    expect(['D', 'A'].map((parentId) => folder.placeOf({ parentId }))).toEqual(['folders', 'folders']);
    // Deleted, and still to be read: it lies in Deleted Items.
    expect(folder.placeOf({ parentId: 'DELETED' })).not.toBe('folders');
    expect(folder.placeOf({ parentId: null })).toBe('folders');
    // With one that was removed all go that lie in it.
    const after = learnt([{ id: 'A', '@removed': { reason: 'deleted' } }], notes);
    expect(kinds(after).folder.placeOf({ parentId: 'A' })).not.toBe('folders');
    expect(contacts.learn?.('folders', [{ id: 'C', displayName: 'C', parentFolderId: 'D' }], notes)).toBeUndefined();
  });

  it('is told from nothing before anything was learnt', () => {
    expect(kinds(null).folder.placeOf({ parentId: 'anywhere' })).toBe('folders');
  });

  it('is a folder with a name, and nothing is told of it', () => {
    const { folder } = kinds(null);
    expect(folder.decode({ id: 'A', displayName: 'Friends', parentFolderId: 'D' }, false)).toMatchObject({
      fields: { name: 'Friends', parentId: 'D' },
      partial: false,
    });
    expect(folder.decode({ id: 'A', parentFolderId: 'D' }, false)).toMatchObject({ partial: true });
    expect(folder.decode({ id: 'A', '@removed': {} }, false)).toEqual({ type: 'removed', graphId: 'A' });
    expect(folder.feed).toBe(false);
  });
});

describe('what is watched', () => {
  it('is the default folder, and each other folder by itself', async () => {
    const pages = [
      { entries: [entry('A=')], next: 'more' },
      { entries: [entry('B/')], next: null },
    ];
    const store = { list: () => Promise.resolve(pages.shift() ?? { entries: [], next: null }) };
    expect(await contactResources(storedLists(store, { connectionId: 'c', domain: 'contacts' }))).toEqual([
      'me/contacts',
      'me/contactFolders/A=/contacts',
      'me/contactFolders/B%2F/contacts',
    ]);
  });
});
