import { describe, expect, it } from 'vitest';
import { mailPush } from '../../shared/domains/mail/push.ts';
import type { PushOutcome } from '../../shared/engine/domain.ts';
import type { RemoteWrite, Source } from '../../shared/engine/ports.ts';
import type { EngineRecord, OutboxOperation } from '../../shared/engine/model.ts';
import { ConflictError, ConnectionError, GoneError, RejectedError, TransientError } from '../../shared/errors.ts';
import type { Fields } from '../../shared/lib/json.ts';
import { sampleRecord } from '../support/sample-rows.ts';

/** One message in Outlook, in a version that a PATCH may name. */
class OneMessage {
  readonly calls: string[] = [];
  members: Fields = { isRead: false, categories: ['Base'], parentFolderId: 'IN' };
  version = 1;
  /** Whether a version that is named is judged; else it is refused, whatever stands. */
  versions = true;
  lose = false;
  /** What becomes of a move. */
  move: Error | null = null;

  edit(members: Fields): Fields {
    this.members = { ...this.members, ...members };
    this.version++;
    return this.shown();
  }
  shown(): Fields {
    return { id: 'G', '@odata.etag': `e${this.version}`, ...this.members };
  }
  readonly source: Source = {
    get: () => {
      this.calls.push('GET');
      return Promise.resolve(this.shown());
    },
    write: ({ method, path, body = {}, ifMatch }: RemoteWrite) => {
      this.calls.push(`${method}${ifMatch === undefined ? '' : ` ${ifMatch}`}`);
      if (ifMatch !== undefined && !(this.versions && ifMatch === `e${this.version}`))
        return Promise.reject(new ConflictError('it changed'));
      if (path.endsWith('/move') && this.move !== null) return Promise.reject(this.move);
      const shown = this.edit(path.endsWith('/move') ? { parentFolderId: body['destinationId'] ?? null } : body);
      return this.lose ? Promise.reject(new TransientError('lost')) : Promise.resolve(shown);
    },
    page: () => Promise.reject(new Error('no pages')),
    getMany: () => Promise.reject(new Error('not many')),
    media: () => Promise.reject(new Error('no pictures')),
    list: () => {
      throw new Error('no lists');
    },
  };
}

const known = (etag: string | null): EngineRecord => sampleRecord('r', { graphId: 'G', etag });

const push = (message: OneMessage, fields: Fields, attempts = 0, record = known('e1')): Promise<PushOutcome> => {
  const operation: OutboxOperation = {
    ...{ op: 'o', kind: 'message', recordId: 'r', action: 'update', fields, seq: 1, attempts, claim: null },
    ...{ nextAttemptAt: '', createdAt: '', lastError: null },
    ...(attempts > 0 ? { triedOn: 'before' } : {}),
  };
  return mailPush.push(operation, record, message.source);
};

describe('a write to a message', () => {
  it('is one call, which holds only while the message is as we know it', async () => {
    const message = new OneMessage();
    expect(await push(message, { isRead: true, categories: ['Ours'] })).toMatchObject({ outcome: 'done' });
    expect(message.calls).toEqual(['PATCH e1']);
  });

  it('P10: overwrites nothing of somebody who was there first', async () => {
    const message = new OneMessage();
    message.edit({ categories: ['Theirs'] });
    const outcome = await push(message, { categories: ['Ours'] });
    expect(outcome).toMatchObject({ outcome: 'changed', item: { categories: ['Theirs'] } });
    expect(message.calls).toEqual(['PATCH e1', 'GET']);
  });

  it('P8 P10: after an attempt whose outcome is not known is done where it arrived, and overwrites nothing where it did not', async () => {
    const message = new OneMessage();
    message.lose = true;
    await expect(push(message, { categories: ['Ours'] })).rejects.toBeInstanceOf(TransientError);
    expect(await push(message, { categories: ['Ours'] }, 1)).toMatchObject({ outcome: 'done' });
    message.edit({ categories: ['Theirs'] });
    expect(await push(message, { categories: ['Ours'] }, 1)).toMatchObject({ outcome: 'changed' });
    expect(message.calls).toEqual(['PATCH e1', 'GET', 'GET']);
  });

  it('P8: goes on with the move where the rest has arrived', async () => {
    const message = new OneMessage();
    message.edit({ isRead: true });
    const outcome = await push(message, { isRead: true, folderId: 'A' }, 1);
    expect(outcome).toMatchObject({ outcome: 'done', item: { parentFolderId: 'A' } });
    expect(message.calls).toEqual(['GET', 'POST']);
  });

  const inbox = { base: { isRead: false, folderId: 'IN' }, fields: { isRead: true, folderId: 'A' } };

  it.each([
    [{ folderId: 'A' }, 0, ['GET']],
    [{ folderId: 'A' }, 1, ['GET']],
    [{ isRead: true, folderId: 'A' }, 0, ['PATCH e1', 'GET']],
    [{ isRead: true, folderId: 'A' }, 1, ['GET']],
  ])('P10: moves nothing that somebody else has moved (%j, attempt %i)', async (fields, attempts, calls) => {
    const message = new OneMessage();
    message.edit({ parentFolderId: 'DELETED' });
    const record = sampleRecord('r', { graphId: 'G', etag: 'e1', ...inbox });
    const outcome = await push(message, fields, attempts, record);
    expect(outcome).toMatchObject({ outcome: 'changed', item: { parentFolderId: 'DELETED' } });
    expect(message.calls).toEqual(calls);
  });

  it('P10: moves nothing that somebody else has moved though its version is the one that we know', async () => {
    const message = new OneMessage();
    message.members = { ...message.members, parentFolderId: 'DELETED' };
    const record = sampleRecord('r', { graphId: 'G', etag: 'e1', ...inbox });
    expect(await push(message, { isRead: true, folderId: 'A' }, 0, record)).toMatchObject({ outcome: 'changed' });
    expect(message.calls).toEqual(['PATCH e1']);
  });

  it('moves a message of which nobody knows any more where it was', async () => {
    const message = new OneMessage();
    const departed = sampleRecord('r', { graphId: 'G', etag: null, fields: { folderId: 'A' }, base: {} });
    expect(await push(message, { folderId: 'A' }, 0, departed)).toMatchObject({ item: { parentFolderId: 'A' } });
    expect(message.calls).toEqual(['GET', 'POST']);
  });

  it('P8: moves a message that others have edited where it is, and none that is there already', async () => {
    const message = new OneMessage();
    message.edit({ categories: ['Theirs'] });
    const record = sampleRecord('r', { graphId: 'G', etag: 'e1', ...inbox });
    const outcome = await push(message, { folderId: 'A' }, 0, record);
    expect(outcome).toMatchObject({ outcome: 'done', item: { parentFolderId: 'A', categories: ['Theirs'] } });
    expect(await push(message, { folderId: 'A' }, 1, record)).toMatchObject({ outcome: 'done' });
    expect(message.calls).toEqual(['GET', 'POST', 'GET']);
  });

  it('is sent without a version where none is known, and where Graph refuses each time the version that stands', async () => {
    const message = new OneMessage();
    message.versions = false;
    expect(await push(message, { isRead: true }, 0, known(null))).toMatchObject({ outcome: 'done' });
    message.members = { ...message.members, isRead: false };
    expect(await push(message, { isRead: true }, 1, known('e2'))).toMatchObject({ outcome: 'changed' });
    expect(await push(message, { isRead: true }, 2, known('e2'))).toMatchObject({ outcome: 'done' });
  });

  it.each([
    [new GoneError('no such folder'), RejectedError],
    [new RejectedError('not this folder'), RejectedError],
    [new ConnectionError('access_denied', 'no', { status: 403, remoteCode: null, requestId: null }), ConnectionError],
  ])('P9: is refused for its folder only when what else it did is known to be done (%s)', async (error, refusal) => {
    const message = new OneMessage();
    message.move = error;
    const fields = { isRead: true, folderId: 'A' };
    expect(await push(message, fields)).toMatchObject({ outcome: 'changed', item: { isRead: true } });
    expect(message.calls).toEqual(['PATCH e1', 'POST', 'GET']);
    const record = sampleRecord('r', { graphId: 'G', etag: 'e2', fields });
    const merged = { ...record, base: { isRead: true, folderId: 'IN' } };
    await expect(push(message, fields, 1, merged)).rejects.toBeInstanceOf(refusal);
    await expect(push(message, { folderId: 'A' }, 0, merged)).rejects.toBeInstanceOf(refusal);
  });
});
