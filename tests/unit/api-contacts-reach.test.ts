import { describe, expect, it } from 'vitest';
import { demandBaselined } from '../../shared/api/contacts/open-contacts.ts';
import { readPhoto } from '../../shared/api/contacts/read-photo.ts';
import { demandUsable } from '../../shared/api/connections/demand-usable.ts';
import type { Connection } from '../../shared/engine/connection.ts';
import { newHead, pendingStatus } from '../../shared/engine/head.ts';
import type { Media } from '../../shared/engine/remote-ports.ts';
import { GoneError, ProblemError, TransientError } from '../../shared/errors.ts';
import { systemClock } from '../../shared/lib/clock.ts';
import { MemorySlots } from '../support/memory-slots.ts';
import { ACCOUNT, newConnection } from '../support/job-world.ts';

const problem = (work: () => unknown): ProblemError | null => {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
};
const head = (status: 'ok' | 'error' | 'degraded', reason: string | null) => ({
  status: { ...pendingStatus, status, reason },
});
const connected = newConnection('c-1');

describe('a write that could not reach Outlook', () => {
  it.each([
    [
      newConnection('c-1', { status: 'reauth_required', reason: 'reauth_required' }),
      head('ok', null),
      'reauth_required',
    ],
    [connected, head('error', 'consent_missing'), 'consent_missing'],
    [connected, head('error', 'mailbox_unreachable'), 'mailbox_unreachable'],
  ])('is refused with the reason, and what to do', (connection: Connection, of, code) => {
    const refused = problem(() => {
      demandUsable(connection, of);
    });
    expect(refused).toMatchObject({ status: 409, code });
    expect(refused?.message).toMatch(/connect link|mailbox/);
  });

  it.each([
    [connected, head('ok', null)],
    [connected, head('error', 'throttled')],
    [connected, head('error', null)],
    [connected, head('degraded', 'delete_guard')],
    [newConnection('c-1', { status: 'error', reason: 'access_denied' }), head('ok', null)],
  ])('is taken where it waits for what passes by itself', (connection: Connection, of) => {
    expect(
      problem(() => {
        demandUsable(connection, of);
      }),
    ).toBeNull();
  });

  it('waits for the first sync', () => {
    const early = problem(() => {
      demandBaselined(newHead());
    });
    expect(early).toMatchObject({ status: 409, code: 'first_sync_running' });
    expect(early?.retryAfterMs).toBeGreaterThan(0);
    expect(
      problem(() => {
        demandBaselined({ baselined: true });
      }),
    ).toBeNull();
  });
});

describe('a photo', () => {
  const slots = new MemorySlots(systemClock);
  const asked: string[] = [];
  const unused = (): never => {
    throw new Error('not asked for a photo');
  };
  const media = (read: () => Promise<Media>): Parameters<typeof readPhoto>[0] => ({
    slots,
    sources: {
      open: (_connection, lease) => ({
        ...{ page: unused, get: unused, getMany: unused, list: unused, write: unused },
        media: (path) => {
          lease.assertHeld();
          asked.push(path);
          return read();
        },
      }),
    },
  });
  const bytes = new Uint8Array([1, 2, 3]);
  const failing = (error: Error): ReturnType<typeof media> => media(() => Promise.reject(error));

  it('is read under a slot, by the encoded id, with a type that shows as a picture alone', async () => {
    const parts = media(() => Promise.resolve({ contentType: 'Image/JPEG; x=1', bytes }));
    expect(await readPhoto(parts, connected, 'a/b=')).toEqual({ type: 'image/jpeg', bytes });
    expect(asked.at(-1)).toBe('/me/contacts/a%2Fb%3D/photo/$value');
    const page = media(() => Promise.resolve({ contentType: 'text/html', bytes }));
    expect((await readPhoto(page, connected, 'a')).type).toBe('application/octet-stream');
  });

  it('is none where there is none, before Outlook has the contact, and of personal accounts', async () => {
    const none = { status: 404, code: 'photo_none' };
    await expect(readPhoto(failing(new GoneError('gone')), connected, 'a')).rejects.toMatchObject(none);
    const calls = asked.length;
    await expect(readPhoto(failing(new GoneError('gone')), connected, null)).rejects.toMatchObject(none);
    const personal = newConnection('c-2', { account: { ...ACCOUNT, kind: 'personal' } });
    await expect(readPhoto(failing(new GoneError('gone')), personal, 'a')).rejects.toMatchObject(none);
    expect(asked).toHaveLength(calls);
  });

  it('gives its slot back, and is 503 while all are taken', async () => {
    await expect(readPhoto(failing(new TransientError('no')), connected, 'a')).rejects.toBeInstanceOf(TransientError);
    const all = await slots.take(ACCOUNT, 4);
    if (all.outcome !== 'held') throw new Error('a slot was kept');
    const parts = media(() => Promise.resolve({ contentType: 'image/png', bytes }));
    const busy = await readPhoto(parts, connected, 'a').catch((error: unknown) => error);
    expect(busy).toMatchObject({ status: 503, code: 'mailbox_busy' });
    await all.lease.release();
  });
});
