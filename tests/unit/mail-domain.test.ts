import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { streamOfFolder } from '../../shared/domains/mail/folder.ts';
import { mail } from '../../shared/domains/mail/index.ts';
import { orderOf } from '../../shared/domains/mail/message.ts';
import { messageQuery } from '../../shared/domains/mail/queries.ts';

const notes = { wellKnown: { inbox: 'IN', sentitems: 'OUT', deleteditems: 'DEL' } };
const { message } = mail.kinds(notes);
if (message === undefined) throw new Error('there is no kind of message');

const whole = {
  id: 'G',
  parentFolderId: 'IN',
  receivedDateTime: '2026-01-02T03:04:05Z',
  isDraft: false,
  hasAttachments: false,
  conversationId: 'c',
  subject: 'Hello',
  isRead: false,
  toRecipients: [],
  bodyPreview: '',
  sentDateTime: null,
  flag: { flagStatus: 'notFlagged' },
  importance: 'normal',
  categories: [],
  webLink: null,
};

describe('a message', () => {
  it('ignores members that Graph adds later, and takes enum values that it does not know', () => {
    const decoded = message.decode(
      { ...whole, novelty: { deep: true }, importance: 'urgent', flag: { flagStatus: 'later' } },
      false,
    );
    expect(decoded).toMatchObject({ type: 'item', partial: false, fields: { importance: 'urgent', flag: 'later' } });
  });

  it('tells an absent property from an empty one', () => {
    const thin = message.decode({ id: 'G', isRead: true, parentFolderId: 'IN' }, false);
    expect(thin).toMatchObject({ partial: true, fields: { isRead: true, folderId: 'IN' } });
    expect(message.decode({ ...whole, subject: null }, false)).toMatchObject({ fields: { subject: '' } });
    const placeless = message.decode({ id: 'G', subject: 'No place' }, true);
    if (placeless.type !== 'item') throw new Error('no item');
    expect(placeless.fields).not.toHaveProperty('folderId');
    expect(placeless.fields).toMatchObject({ subject: 'No place', isRead: false });
    expect(message.decode({ id: 'G', parentFolderId: 'IN' }, true)).toMatchObject({
      partial: false,
      fields: { subject: '', to: [] },
    });
  });

  it.each(Object.keys(whole).filter((member) => member !== 'id'))('is told in part where %s is left out', (member) => {
    const rest = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== member));
    expect(message.decode(rest, false)).toMatchObject({ partial: true });
  });

  it('reads a removal', () => {
    expect(message.decode({ id: 'G', '@removed': { reason: 'deleted' } }, false)).toEqual({
      type: 'removed',
      graphId: 'G',
    });
  });

  it('refuses by ZodError what is no message, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), (raw) => {
        try {
          message.decode(raw, false);
        } catch (error) {
          expect(error).toBeInstanceOf(ZodError);
        }
      }),
    );
  });

  it('carries its labels', () => {
    const shown = message.show({
      id: 'r',
      graphId: 'G',
      own: [],
      fields: { folderId: 'IN', isRead: false, flag: 'flagged', categories: ['Red'] },
    });
    expect(shown['labels']).toEqual(['INBOX', 'UNREAD', 'FLAGGED', 'Red']);
  });

  it('cuts what would not fit a row, and nothing else', () => {
    const to = Array.from({ length: 5_000 }, (_, n) => ({ name: `N${n}`, address: `n${n}@x.example` }));
    const cut = message.shrink({ to, subject: 's', preview: 'p' });
    expect(cut['to']).toHaveLength(200);
    expect(cut).toMatchObject({ subject: 's', preview: 'p' });
  });
});

describe('the order of a list', () => {
  it('puts the newest first, in any year', () => {
    const time = fc.date({ min: new Date(0), max: new Date(8.64e15 - 1), noInvalidDate: true });
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [first, second] = [orderOf(a.toISOString()), orderOf(b.toISOString())];
        expect(first < second).toBe(a.getTime() > b.getTime());
      }),
    );
  });
});

describe('messageQuery', () => {
  it('takes a folder by id and by well-known name, and no word for more than a name', () => {
    const inWell = messageQuery({ folder: 'inbox' }, notes.wellKnown).query.where;
    expect(inWell).toEqual({ stream: streamOfFolder('IN') });
    expect(messageQuery({ folder: 'constructor' }, notes.wellKnown).query.where).toEqual({
      stream: streamOfFolder('constructor'),
    });
  });

  it('takes a time from on, and up to but not with', () => {
    const { query } = messageQuery(
      { since: new Date('2026-01-01T00:00:00Z'), until: new Date('2026-01-02T00:00:00Z') },
      {},
    );
    const holds = (received: string): boolean => orderOf(received) >= query.from && orderOf(received) < query.to;
    expect(
      ['2025-12-31T23:59:59Z', '2026-01-01T00:00:00Z', '2026-01-01T23:59:59Z', '2026-01-02T00:00:00Z'].map(holds),
    ).toEqual([false, true, true, false]);
  });

  it('keeps only messages with the label and of the sender', () => {
    const { keep } = messageQuery({ label: 'Red', from: 'ADA@x.example' }, {});
    expect(keep({ labels: ['Red'], from: { name: null, address: 'ada@x.example' } })).toBe(true);
    expect(keep({ labels: ['Red'], from: { name: 'Bob', address: 'bob@x.example' } })).toBe(false);
    expect(keep({ labels: ['Blue'], from: { name: null, address: 'ada@x.example' } })).toBe(false);
  });
});
