import { describe, expect, it } from 'vitest';
import { mailSettingsSchema } from '../../shared/domains/mail/settings.ts';
import { unlistedFolders } from '../../shared/domains/mail/unlisted.ts';
import { newCursor } from '../../shared/engine/cursor-moves.ts';
import type { StreamPlan } from '../../shared/engine/domain.ts';
import type { IndexEntry } from '../../shared/engine/model.ts';
import type { PartitionStore } from '../../shared/engine/ports.ts';

const plan: StreamPlan = {
  ...{ id: 'folders', kind: 'folder', label: 'folders', root: true, first: { path: '/' } },
  ...{ expected: null, idsPath: null, containerPath: null },
};
const entry = (id: string): IndexEntry => ({
  ...{ order: `f:${id}`, id, columns: {} },
  item: { id, name: id, parentId: null, totalCount: 0 },
});

/** A partition that lists folders A and B, a page each. */
function listing(baselined: boolean): Pick<PartitionStore, 'list' | 'readCursors'> & { lists: number } {
  const store = {
    lists: 0,
    readCursors: () => Promise.resolve([{ ...newCursor(plan), baselined }]),
    list: (_: unknown, { after }: { readonly after: string | null }) => {
      store.lists++;
      return Promise.resolve(
        after === null ? { entries: [entry('A')], next: 'B' } : { entries: [entry('B')], next: null },
      );
    },
  };
  return store;
}

describe('folders that settings name', () => {
  it('are told by their places where the mailbox has not listed them on any page', async () => {
    expect(await unlistedFolders(listing(true), 'c1', { folders: ['A', 'inbox', 'a', 'B', 'inbocks'] })).toEqual([
      'folders.2',
      'folders.4',
    ]);
  });

  it('are not told while the folders were never read to the end', async () => {
    expect(await unlistedFolders(listing(false), 'c1', { folders: ['inbocks'] })).toEqual([]);
  });

  it.each(['all', ['Inbox', 'ARCHIVE']])('cost no reading where they are %j', async (folders) => {
    const store = listing(true);
    expect(await unlistedFolders(store, 'c1', { folders })).toEqual([]);
    expect(store.lists).toBe(0);
  });

  it('are known by well-known names in any case, and by ids to the letter', () => {
    expect(mailSettingsSchema.parse({ folders: ['INBOX', 'SentItems', 'AAMk'] }).folders).toEqual([
      'inbox',
      'sentitems',
      'AAMk',
    ]);
  });
});
