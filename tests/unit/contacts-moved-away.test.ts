import { describe, expect, it } from 'vitest';
import { contactDefaults, MARKER, readContact } from '../../shared/domains/contacts/contact-wire.ts';
import { contactPush } from '../../shared/domains/contacts/push.ts';
import type { EngineRecord, OutboxOperation } from '../../shared/engine/model.ts';
import type { RemoteWrite } from '../../shared/engine/ports.ts';
import { RejectedError } from '../../shared/errors.ts';
import { DELETED, FakeContacts } from '../support/fake-contacts.ts';

/** A contact in D that we move to A, which Graph does its own way. */
function moving(way: FakeContacts['moveByPatch']) {
  const mailbox = new FakeContacts();
  mailbox.moveByPatch = way;
  mailbox.folders.add('C');
  const empty = { emailAddresses: [], businessPhones: [], homePhones: [], mobilePhone: null };
  const item = mailbox.add('D', { displayName: 'Grace', ...empty });
  const base = { ...contactDefaults, ...readContact(mailbox.shown(item), true).fields };
  const fields = { ...base, folderId: 'A' };
  const record: EngineRecord = {
    ...{ id: 'r', kind: 'contact', graphId: item.id, etag: mailbox.etag(item.id), stream: 'default', generation: 0 },
    ...{ modifiedAt: null, fields, base, own: [], truncated: false },
  };
  const operation: OutboxOperation = {
    ...{ op: 'op-1', kind: 'contact', recordId: 'r', graphId: item.id, action: 'update', fields: { folderId: 'A' } },
    ...{ seq: 1, attempts: 0, nextAttemptAt: '', claim: null, createdAt: '', lastError: null },
  };
  const take = (folder: string, isNewVersion = true): void => {
    item.folder = folder;
    if (isNewVersion) item.version++;
  };
  return { mailbox, item, record, operation, take };
}

const ways = (['ignored', 'refused', 'moves'] as const).flatMap((way) => [
  [way, DELETED] as const,
  [way, 'C'] as const,
]);

describe('a contact that somebody else has moved since we read it', () => {
  it.each(ways)('P10: is not moved by us (patch %s, to %s)', async (way, folder) => {
    const { mailbox, item, record, operation, take } = moving(way);
    take(folder);
    const outcome = await contactPush.push(operation, record, mailbox);
    expect(outcome).toMatchObject({ outcome: 'changed', item: { parentFolderId: folder } });
    expect([...mailbox.items.values()]).toEqual([item]);
    expect(item.folder).toBe(folder);
  });

  it.each(ways)('P10: is not, after an attempt whose outcome is not known (patch %s, to %s)', async (way, folder) => {
    const { mailbox, item, record, operation, take } = moving(way);
    take(folder);
    const tried = { ...operation, attempts: 1, triedOn: record.etag };
    const outcome = await contactPush.push(tried, record, mailbox);
    expect(outcome).toMatchObject({ outcome: 'changed', item: { parentFolderId: folder } });
    expect([...mailbox.items.values()]).toEqual([item]);
    expect(item.folder).toBe(folder);
  });

  it.each(['ignored', 'refused'] as const)(
    'P10: is not made anew, though its version is the one that we know (patch %s)',
    async (way) => {
      const { mailbox, item, record, operation, take } = moving(way);
      take(DELETED, false);
      expect(await contactPush.push(operation, record, mailbox)).toMatchObject({ outcome: 'changed' });
      expect([...mailbox.items.values()]).toEqual([item]);
    },
  );

  it('is never deleted for good, though it is deleted while it is made anew', async () => {
    const { mailbox, item, record, operation, take } = moving('ignored');
    mailbox.around = (when: string, { method }: RemoteWrite) => {
      if (when === 'after' && method === 'POST') take(DELETED);
    };
    expect(await contactPush.push(operation, record, mailbox)).toMatchObject({ outcome: 'done' });
    expect(mailbox.in(DELETED)).toEqual([item]);
  });

  it.each([
    ['the old one is deleted', 'C'],
    ['the old one is deleted', 'A'],
    ['the photo is refused', 'C'],
  ])('P10: stays where it is put before %s (to %s), and is no other', async (what, folder) => {
    const { mailbox, item, record, operation, take } = moving('ignored');
    item.photo = { contentType: 'image/jpeg', bytes: new Uint8Array([255]) };
    mailbox.around = (when, { method }) => {
      if (when === 'after' && method === 'POST') take(folder);
      if (when === 'before' && method === 'PUT' && what === 'the photo is refused') throw new RejectedError('no');
    };
    const outcome = await contactPush.push(operation, record, mailbox);
    const standing = [...mailbox.items.values()].filter((each) => each.folder !== DELETED);
    if (folder === 'A') {
      expect(outcome).toMatchObject({ outcome: 'done', item: { parentFolderId: 'A' } });
      expect(standing).toMatchObject([{ folder: 'A', members: item.members }]);
      return;
    }
    expect(outcome).toMatchObject({ outcome: 'changed', item: { id: item.id, parentFolderId: folder } });
    expect(standing).toEqual([item]);
  });

  it('P10: stays where it is put before an attempt goes on with the one that an attempt before had made', async () => {
    const { mailbox, item, record, operation, take } = moving('ignored');
    const other = mailbox.add('A', { ...item.members });
    mailbox.add('A', { ...item.members }, { marks: [{ id: MARKER, value: 'op-1' }] });
    take('C');
    const tried = { ...operation, attempts: 1, triedOn: record.etag };
    const outcome = await contactPush.push(tried, record, mailbox);
    expect(outcome).toMatchObject({ outcome: 'changed', item: { id: item.id, parentFolderId: 'C' } });
    expect([mailbox.in('C'), mailbox.in('A')]).toEqual([[item], [other]]);
  });

  it('is not even where nobody knows any more where it was, and an attempt before had made it anew', async () => {
    const { mailbox, item, record, operation, take } = moving('ignored');
    take(DELETED);
    mailbox.add('A', item.members, { marks: [{ id: 'a', value: 'op-1' }] });
    const departed = { ...record, etag: null, fields: operation.fields, base: {} };
    const tried = { ...operation, attempts: 1, triedOn: null };
    expect(await contactPush.push(tried, departed, mailbox)).toMatchObject({ outcome: 'done' });
    expect(mailbox.in(DELETED)).toEqual([item]);
  });
});
