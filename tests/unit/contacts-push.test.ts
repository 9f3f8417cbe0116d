import { describe, expect, it } from 'vitest';
import { contactDefaults, MARKER, readContact } from '../../shared/domains/contacts/contact-wire.ts';
import { contactPush } from '../../shared/domains/contacts/push.ts';
import type { PushOutcome } from '../../shared/engine/domain.ts';
import type { EngineRecord, OutboxOperation } from '../../shared/engine/model.ts';
import type { RemoteWrite } from '../../shared/engine/ports.ts';
import { ConnectionError, GoneError, RejectedError, TransientError } from '../../shared/errors.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { DELETED, FakeContacts, losing } from '../support/fake-contacts.ts';

const members: Fields = {
  displayName: 'Grace Hopper',
  givenName: 'Grace',
  surname: 'Hopper',
  nickName: 'Amazing',
  imAddresses: ['sip:grace@navy.example'],
  otherAddress: { city: 'Arlington' },
  spouseName: null,
  emailAddresses: [{ name: 'Grace', address: 'grace@navy.example' }],
  businessPhones: [],
  homePhones: [],
  mobilePhone: null,
};

const operationOf = (fields: Fields, more: Partial<OutboxOperation> = {}): OutboxOperation => ({
  op: 'op-1',
  kind: 'contact',
  recordId: 'r',
  graphId: null,
  action: 'update',
  fields,
  seq: 1,
  attempts: 0,
  nextAttemptAt: '',
  claim: null,
  createdAt: '',
  lastError: null,
  ...more,
});

function recordOf(mailbox: FakeContacts, graphId: string, ours: Fields): EngineRecord {
  const item = mailbox.items.get(graphId);
  if (item === undefined) throw new Error('there is no such contact');
  const base = { ...contactDefaults, ...readContact(mailbox.shown(item), true).fields };
  return {
    id: 'r',
    kind: 'contact',
    graphId,
    etag: mailbox.etag(graphId),
    stream: 'default',
    generation: 0,
    modifiedAt: null,
    fields: { ...base, ...ours },
    base,
    own: [],
    truncated: false,
  };
}

/** Pushes until the outcome is known, as the engine does after failures that may pass. */
async function push(mailbox: FakeContacts, record: EngineRecord, operation: OutboxOperation): Promise<PushOutcome> {
  let { triedOn } = operation;
  for (let attempts = operation.attempts; ; attempts++) {
    try {
      return await contactPush.push({ ...operation, attempts, triedOn }, record, mailbox);
    } catch (error) {
      if (!(error instanceof TransientError) || attempts > 5) throw error;
      mailbox.around = () => undefined;
      triedOn ??= record.etag;
    }
  }
}

const unborn: EngineRecord = {
  ...{ id: 'r', kind: 'contact', graphId: null, etag: null, stream: 'default', generation: 0, modifiedAt: null },
  ...{ fields: contactDefaults, base: null, own: [], truncated: false },
};
const faults = [1, 2, 3, 4, 5].flatMap((number) => [[number, 'before'] as const, [number, 'after'] as const]);
const idOf = (outcome: PushOutcome): unknown =>
  outcome.outcome === 'done' ? readContact(outcome.item, true).graphId : outcome.outcome;

describe('a new contact', () => {
  const create = (fields: Fields): OutboxOperation =>
    operationOf({ ...contactDefaults, ...fields }, { effect: 'create', action: 'create' });

  it('is made in its folder, marked with the key of its operation', async () => {
    const mailbox = new FakeContacts();
    const outcome = await push(mailbox, unborn, create({ displayName: 'Ada', folderId: 'A', externalId: 'crm-1' }));
    expect(mailbox.in('A')).toMatchObject([
      { members: { displayName: 'Ada' }, marks: [{ id: MARKER, value: 'op-1' }] },
    ]);
    expect(idOf(outcome)).toBe('G1');
    expect(mailbox.calls).toEqual(['POST /me/contactFolders/A/contacts']);
  });

  it.each(faults)('P8: is made once though write %i is lost %s it has its effect', async (number, when) => {
    const mailbox = new FakeContacts();
    losing(mailbox, number, when);
    await push(mailbox, unborn, create({ displayName: 'Ada' }));
    expect(mailbox.in('D')).toHaveLength(1);
  });

  it('P8: is made once though its answer is lost and Graph refuses to filter', async () => {
    const mailbox = new FakeContacts();
    mailbox.filters = false;
    mailbox.add('D', members);
    losing(mailbox, 1, 'after');
    expect(idOf(await push(mailbox, unborn, create({ displayName: 'Ada' })))).toBe('G2');
    expect(mailbox.in('D')).toHaveLength(2);
  });

  it('is refused for good where its folder is gone', async () => {
    const mailbox = new FakeContacts();
    await expect(push(mailbox, unborn, create({ folderId: 'gone' }))).rejects.toBeInstanceOf(RejectedError);
  });
});

describe('a change', () => {
  it('is sent as far as it goes, if the contact is as we know it', async () => {
    const mailbox = new FakeContacts();
    const { id } = mailbox.add('D', members);
    const sent = { jobTitle: 'Admiral' };
    const outcome = await push(mailbox, recordOf(mailbox, id, sent), operationOf(sent));
    expect(outcome.outcome).toBe('done');
    expect(mailbox.items.get(id)?.members).toEqual({ ...members, ...sent });
    expect(mailbox.calls).toEqual([`PATCH /me/contacts/${id}`]);
  });

  it('P10: overwrites nobody who was there first, but shows what is there now', async () => {
    const mailbox = new FakeContacts();
    const { id } = mailbox.add('D', members);
    const record = recordOf(mailbox, id, { jobTitle: 'Admiral' });
    mailbox.edit(id, { jobTitle: 'Captain' });
    const outcome = await push(mailbox, record, operationOf({ jobTitle: 'Admiral' }));
    expect(outcome).toMatchObject({ outcome: 'changed', item: { jobTitle: 'Captain' } });
    expect(mailbox.items.get(id)?.members['jobTitle']).toBe('Captain');
  });

  it.each(['before', 'after'] as const)('P8: has its effect once though it is lost %s', async (when) => {
    const mailbox = new FakeContacts();
    const { id } = mailbox.add('D', members);
    const record = recordOf(mailbox, id, { jobTitle: 'Admiral' });
    losing(mailbox, 1, when);
    expect((await push(mailbox, record, operationOf({ jobTitle: 'Admiral' }))).outcome).toBe('done');
    expect(mailbox.items.get(id)).toMatchObject({ members: { jobTitle: 'Admiral' }, version: 2 });
  });

  const onlyInForm: readonly (readonly [string, Fields, Fields])[] = [
    ['how a number is set', { phones: [{ number: '+12025550147', kind: 'mobile' }] }, { mobilePhone: '+12025550147' }],
    [
      'the order of addresses',
      { emails: [{ address: 'b@navy.example' }, { address: 'a@navy.example' }] },
      { emailAddresses: [{ address: 'b@navy.example' }, { address: 'a@navy.example' }] },
    ],
  ];
  const before: Fields = {
    ...members,
    mobilePhone: '+1 (202) 555-0147',
    emailAddresses: [{ address: 'a@navy.example' }, { address: 'b@navy.example' }],
  };

  it.each(onlyInForm)('P8: of form alone (%s) is sent though a call before was lost', async (_, sent, wanted) => {
    const mailbox = new FakeContacts();
    mailbox.moveByPatch = 'moves';
    for (const folderId of [undefined, 'D', 'A']) {
      const { id } = mailbox.add('D', before);
      const fields = { ...sent, ...(folderId === undefined ? {} : { folderId }) };
      const record = recordOf(mailbox, id, fields);
      losing(mailbox, 1, 'before');
      expect((await push(mailbox, record, operationOf(fields))).outcome).toBe('done');
      expect(mailbox.items.get(id)).toMatchObject({ folder: folderId ?? 'D', members: wanted });
    }
  });

  it('P8: of form alone is sent to one that others have moved where it is to go', async () => {
    const mailbox = new FakeContacts();
    mailbox.moveByPatch = 'refused';
    const item = mailbox.add('D', before);
    const fields: Fields = { folderId: 'A', phones: [{ number: '+12025550147', kind: 'mobile' }] };
    const record = recordOf(mailbox, item.id, fields);
    item.folder = 'A';
    const outcome = await push(mailbox, record, operationOf(fields, { attempts: 1, triedOn: record.etag }));
    expect(idOf(outcome)).toBe(item.id);
    expect(item.members['mobilePhone']).toBe('+12025550147');
  });

  it('is known again after a lost answer though Exchange set it its own way', async () => {
    const mailbox = new FakeContacts();
    const { id } = mailbox.add('D', members);
    const sent: Fields = {
      notes: 'one\ntwo ',
      phones: [
        { number: '+1 (202) 555-0147', kind: 'home' },
        { number: '1', kind: 'mobile' },
      ],
      externalId: 'crm-1',
    };
    const record = recordOf(mailbox, id, sent);
    mailbox.edit(id, { personalNotes: 'one\r\ntwo', homePhones: ['+1 202-555-0147'], mobilePhone: '1' });
    const outcome = await push(mailbox, record, operationOf(sent, { attempts: 1, triedOn: 'before' }));
    expect(outcome.outcome).toBe('done');
    expect(mailbox.calls).toEqual([`GET /me/contacts/${id}`]);
  });

  it('of what is another edit after a lost call is not sent over it', async () => {
    const mailbox = new FakeContacts();
    const { id } = mailbox.add('D', members);
    const record = recordOf(mailbox, id, { jobTitle: 'Admiral' });
    mailbox.edit(id, { nickName: 'Grandma COBOL' });
    const outcome = await push(
      mailbox,
      record,
      operationOf({ jobTitle: 'Admiral' }, { attempts: 1, triedOn: 'before' }),
    );
    expect(outcome.outcome).toBe('changed');
  });

  it('that Outlook knows nothing of is no write', async () => {
    const mailbox = new FakeContacts();
    const { id } = mailbox.add('D', members);
    const outcome = await push(mailbox, recordOf(mailbox, id, {}), operationOf({ externalId: 'crm-1' }));
    expect(outcome.outcome).toBe('done');
    expect(mailbox.calls).toEqual([`GET /me/contacts/${id}`]);
  });

  it('of a contact that is gone says so', async () => {
    const mailbox = new FakeContacts();
    const { id } = mailbox.add('D', members);
    const record = recordOf(mailbox, id, {});
    mailbox.items.clear();
    expect(await push(mailbox, record, operationOf({ jobTitle: 'x' }))).toEqual({ outcome: 'gone' });
  });
});

describe('a deletion', () => {
  const deletion = operationOf({}, { effect: 'delete', action: 'delete' });

  it.each([
    [1, 'before'],
    [1, 'after'],
    [9, 'before'],
  ] as const)('P8: takes it to Deleted Items, and no further, though write %i is lost %s', async (number, when) => {
    const mailbox = new FakeContacts();
    const { id } = mailbox.add('D', members);
    const record = recordOf(mailbox, id, {});
    losing(mailbox, number, when);
    expect((await push(mailbox, record, deletion)).outcome).toBe('done');
    expect(mailbox.items.get(id)?.folder).toBe(DELETED);
  });

  it('takes away nothing that somebody edited, or moved, meanwhile', async () => {
    const mailbox = new FakeContacts();
    for (const attempts of [0, 1]) {
      const { id } = mailbox.add('D', members);
      const record = recordOf(mailbox, id, {});
      mailbox.edit(id, { jobTitle: 'Captain' });
      const outcome = await push(mailbox, record, {
        ...deletion,
        attempts,
        triedOn: attempts > 0 ? record.etag : undefined,
      });
      expect(outcome).toMatchObject({ outcome: 'changed', item: { jobTitle: 'Captain' } });
    }
    const moved = mailbox.add('D', members);
    const record = recordOf(mailbox, moved.id, {});
    mailbox.edit(moved.id, {});
    moved.folder = 'A';
    expect(await push(mailbox, record, deletion)).toMatchObject({ outcome: 'changed', item: { parentFolderId: 'A' } });
  });

  it('is sent without a version where Graph refuses each time the version that stands', async () => {
    const mailbox = new FakeContacts();
    mailbox.versions = false;
    const { id } = mailbox.add('D', members);
    const record = recordOf(mailbox, id, {});
    expect((await push(mailbox, record, deletion)).outcome).toBe('changed');
    expect((await push(mailbox, record, { ...deletion, attempts: 2 })).outcome).toBe('done');
    expect(mailbox.items.get(id)?.folder).toBe(DELETED);
  });

  it('of what is gone already says so', async () => {
    const mailbox = new FakeContacts();
    const { id } = mailbox.add('D', members);
    const record = recordOf(mailbox, id, {});
    mailbox.items.clear();
    expect(await push(mailbox, record, deletion)).toEqual({ outcome: 'gone' });
  });
});

describe('a move to another folder', () => {
  const photo = { contentType: 'image/jpeg', bytes: new Uint8Array([255, 216, 1]) };
  const moving = { folderId: 'A', jobTitle: 'Admiral' };
  // A null is not sent, for it says nothing.
  const said = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
  const kept = { ...said, jobTitle: 'Admiral' };

  it('is one call where Graph moves a contact whose folder is patched', async () => {
    const mailbox = new FakeContacts();
    mailbox.moveByPatch = 'moves';
    const { id } = mailbox.add('D', members);
    const outcome = await push(mailbox, recordOf(mailbox, id, moving), operationOf(moving));
    expect(idOf(outcome)).toBe(id);
    expect(mailbox.calls).toEqual([`PATCH /me/contacts/${id}`]);
    expect(mailbox.in('A')).toHaveLength(1);
  });

  it('is still one where Graph moves it, though an attempt before has sent nothing', async () => {
    const mailbox = new FakeContacts();
    mailbox.moveByPatch = 'moves';
    const { id } = mailbox.add('D', members);
    const record = recordOf(mailbox, id, { folderId: 'A' });
    losing(mailbox, 1, 'before');
    expect(idOf(await push(mailbox, record, operationOf({ folderId: 'A' })))).toBe(id);
    expect([...mailbox.items.values()]).toMatchObject([{ id, folder: 'A' }]);
  });

  const ways = (['ignored', 'refused', 'moves'] as const).flatMap((way) =>
    [[9, 'before'] as const, ...faults].map(([number, when]) => [way, number, when] as const),
  );

  it.each(ways)('P8: (patch %s) loses nothing and doubles nothing, write %i lost %s', async (way, number, when) => {
    const mailbox = new FakeContacts();
    mailbox.moveByPatch = way;
    const { id } = mailbox.add('D', members, { photo });
    const record = recordOf(mailbox, id, moving);
    losing(mailbox, number, when);
    const outcome = await push(mailbox, record, operationOf(moving));
    const [made, ...more] = mailbox.in('A');
    expect([more, mailbox.in('D')]).toEqual([[], []]);
    expect(made).toMatchObject({ members: kept, photo });
    expect(idOf(outcome)).toBe(made?.id);
    expect(mailbox.in(DELETED)).toHaveLength(way === 'moves' ? 0 : 1);
  });

  it('takes along what somebody edits while it is made anew', async () => {
    const mailbox = new FakeContacts();
    const { id } = mailbox.add('D', members);
    const record = recordOf(mailbox, id, moving);
    mailbox.around = (when, { method }) => {
      if (when === 'after' && method === 'POST') mailbox.edit(id, { nickName: 'Grandma COBOL', mobilePhone: '1' });
    };
    await push(mailbox, record, operationOf(moving));
    expect(mailbox.in('A')).toMatchObject([{ members: { nickName: 'Grandma COBOL', mobilePhone: '1' } }]);
    expect(mailbox.in('D')).toEqual([]);
  });

  /** Somebody edits the old one, before or after the call that copies it, and the photo cannot be read until the next attempt. */
  const editedAround = (mailbox: FakeContacts, id: string, at: 'before' | 'after'): void => {
    mailbox.around = (when, { method, media }) => {
      if (when === at && method === 'POST') mailbox.edit(id, { jobTitle: 'Edited in Outlook' });
      if (when === 'before' && media !== undefined) throw new TransientError('down');
    };
  };

  it.each(['before', 'after'] as const)(
    'P10: takes along what somebody edits right %s it is copied, though the attempt ends before the old one is deleted',
    async (at) => {
      const mailbox = new FakeContacts();
      const { id } = mailbox.add('D', members, { photo });
      editedAround(mailbox, id, at);
      await push(mailbox, recordOf(mailbox, id, { folderId: 'A' }), operationOf({ folderId: 'A' }));
      expect(mailbox.in('A')).toMatchObject([{ members: { jobTitle: 'Edited in Outlook' }, photo }]);
      expect(mailbox.in('D')).toEqual([]);
    },
  );

  it('P10: leaves the new one as somebody has edited it, where the old one is as it was copied', async () => {
    const mailbox = new FakeContacts();
    const { id } = mailbox.add('D', members);
    let deletes = 0;
    mailbox.around = (when, { method }) => {
      if (when !== 'before' || method !== 'DELETE' || deletes++ > 0) return;
      mailbox.edit(mailbox.in('A')[0]?.id ?? '', { jobTitle: 'Edited in Outlook' });
      throw new TransientError('down');
    };
    await push(mailbox, recordOf(mailbox, id, { folderId: 'A' }), operationOf({ folderId: 'A' }));
    expect(mailbox.in('A')).toMatchObject([{ members: { jobTitle: 'Edited in Outlook' } }]);
    expect(mailbox.in('D')).toEqual([]);
  });

  it('leaves the contact where it is when the other folder is gone', async () => {
    for (const way of ['ignored', 'moves'] as const) {
      const mailbox = new FakeContacts();
      mailbox.moveByPatch = way;
      const { id } = mailbox.add('D', members);
      mailbox.folders.delete('A');
      const pushed = push(mailbox, recordOf(mailbox, id, { folderId: 'A' }), operationOf({ folderId: 'A' }));
      await expect(pushed).rejects.toBeInstanceOf(RejectedError);
      expect(mailbox.in('D')).toHaveLength(1);
    }
  });

  it.each([
    ['gone', new GoneError('no folder')],
    ['full', new RejectedError('quota')],
    ['of others', new ConnectionError('access_denied', 'no', { status: 403, remoteCode: null, requestId: null })],
  ])('P9: is refused for its folder (%s) only when what else it did is known to be done', async (_, error) => {
    const mailbox = new FakeContacts();
    const { id } = mailbox.add('D', members);
    const record = recordOf(mailbox, id, moving);
    mailbox.around = (when, { method }) => {
      if (when === 'before' && method === 'POST') throw error;
    };
    const operation = operationOf(moving);
    expect(await push(mailbox, record, operation)).toMatchObject({
      outcome: 'changed',
      item: { jobTitle: 'Admiral', parentFolderId: 'D' },
    });
    const merged = { ...recordOf(mailbox, id, moving), etag: mailbox.etag(id) };
    await expect(push(mailbox, merged, operation)).rejects.toBeInstanceOf(
      error instanceof ConnectionError ? ConnectionError : RejectedError,
    );
  });

  describe('that is refused once the new one stands', () => {
    const noPng = { status: 400, remoteCode: 'ErrorInvalidImage', requestId: null };
    const refusals = {
      'the photo': (when: string, { method }: RemoteWrite): void => {
        if (when === 'before' && method === 'PUT') throw new RejectedError('only image/jpeg', noPng);
      },
      'the photo, for want of access': (when: string, { method }: RemoteWrite): void => {
        if (when === 'before' && method === 'PUT')
          throw new ConnectionError('access_denied', 'no', { ...noPng, status: 403 });
      },
      'the deletion of the old one': (when: string, { method, path }: RemoteWrite): void => {
        if (when === 'before' && method === 'DELETE' && path.endsWith('/G1')) throw new RejectedError('no', noPng);
      },
    };
    const open = (): { mailbox: FakeContacts; record: EngineRecord } => {
      const mailbox = new FakeContacts();
      const { id } = mailbox.add('D', members, { photo });
      return { mailbox, record: recordOf(mailbox, id, { folderId: 'A' }) };
    };

    it.each(Object.entries(refusals))('(%s) leaves the contact where it is, and no other', async (_, refuse) => {
      const { mailbox, record } = open();
      mailbox.around = refuse;
      await expect(push(mailbox, record, operationOf({ folderId: 'A' }))).rejects.toThrow();
      expect(mailbox.in('A')).toEqual([]);
      expect(mailbox.in('D')).toMatchObject([{ id: 'G1', photo }]);
    });

    it('says that it is the photo that cannot be taken along', async () => {
      const { mailbox, record } = open();
      mailbox.around = refusals['the photo'];
      const pushed = push(mailbox, record, operationOf({ folderId: 'A' }));
      await expect(pushed).rejects.toThrow('photo');
      await expect(pushed).rejects.toMatchObject({ facts: noPng });
    });

    it('leaves no other though the attempt ends before the new one is taken away', async () => {
      const { mailbox, record } = open();
      let attempts = 0;
      mailbox.around = (when, write) => {
        if (when === 'before' && write.method === 'PUT') attempts++;
        refusals['the photo'](when, write);
        if (when === 'before' && write.method === 'DELETE' && attempts === 1) throw new TransientError('down');
      };
      const operation = operationOf({ folderId: 'A' });
      await expect(contactPush.push(operation, record, mailbox)).rejects.toBeInstanceOf(TransientError);
      expect(mailbox.in('A')).toHaveLength(1);
      const again = contactPush.push({ ...operation, attempts: 1, triedOn: record.etag }, record, mailbox);
      await expect(again).rejects.toBeInstanceOf(RejectedError);
      expect([mailbox.in('A'), mailbox.in('D').length]).toEqual([[], 1]);
    });

    it('makes nothing where the photo cannot be read', async () => {
      const { mailbox, record } = open();
      mailbox.media = () => Promise.reject(new RejectedError('no photos', noPng));
      await expect(push(mailbox, record, operationOf({ folderId: 'A' }))).rejects.toBeInstanceOf(RejectedError);
      expect(mailbox.calls.filter((call) => call.startsWith('POST'))).toEqual([]);
    });

    it('stays as the new one where the old one is gone by then', async () => {
      const { mailbox, record } = open();
      mailbox.around = (when, write) => {
        const old = mailbox.items.get('G1');
        if (write.method === 'PUT' && old !== undefined) old.folder = DELETED;
        refusals['the photo'](when, write);
      };
      expect(idOf(await push(mailbox, record, operationOf({ folderId: 'A' })))).toBe('G2');
      expect(mailbox.in('A')).toHaveLength(1);
    });
  });
});
