import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ContactsLab } from './contacts-lab.ts';
import { UPN } from './support.ts';
import type { Answer, Lab } from './support.ts';

let world: ContactsLab;
let lab: Lab;
beforeEach(async () => {
  world = await ContactsLab.start();
  ({ lab } = world);
});
afterEach(() => world.close());

const bearer = async (body: object): Promise<Record<string, string>> => ({
  authorization: `Bearer ${await lab.tokenFor(body)}`,
});

describe('permissions', () => {
  it('for mail open no contacts, and none to read let nobody write', async () => {
    const mail = await bearer({ upn: UPN, scopes: ['Mail.ReadWrite'] });
    for (const path of ['/me/contacts', '/me/contacts/delta', '/me/contactFolders', '/me/contactFolders/delta']) {
      expect(await lab.get(path, mail)).toMatchObject({ status: 403, code: 'ErrorAccessDenied' });
    }
    const read = await bearer({ upn: UPN, scopes: ['Contacts.Read'] });
    expect((await lab.get('/me/contacts', read)).status).toBe(200);
    expect((await lab.graph('POST', '/me/contacts', { body: {}, headers: read })).status).toBe(403);
    expect((await lab.graph('POST', '/me/contactFolders', { body: {}, headers: read })).status).toBe(403);
  });

  it('of an application open every mailbox; those of a person only the own one', async () => {
    const other = 'bob@contoso.example';
    await lab.control('POST', '/users', { userPrincipalName: other, contacts: 3 });
    const app = await bearer({ roles: ['Contacts.Read'] });
    expect((await lab.get(`/users/${other}/contacts`, app)).value.length).toBeGreaterThan(0);
    expect((await lab.get(`/users/${other}/contacts`)).code).toBe('ErrorAccessDenied');
    expect((await lab.get('/me/contacts', app)).status).toBe(400);
  });

  it('are asked for the resource of a subscription', async () => {
    const body = {
      resource: 'me/contacts',
      changeType: 'created',
      notificationUrl: 'http://127.0.0.1:9/hook',
      expirationDateTime: '2026-11-21T10:00:00Z',
    };
    const mail = await bearer({ upn: UPN, scopes: ['Mail.ReadWrite'] });
    expect((await lab.graph('POST', '/subscriptions', { body, headers: mail })).code).toBe('ErrorAccessDenied');
    const contacts = await bearer({ upn: UPN, scopes: ['Contacts.Read'] });
    const ofMail = { ...body, resource: 'me/messages' };
    expect((await lab.graph('POST', '/subscriptions', { body: ofMail, headers: contacts })).status).toBe(403);
    // It comes as far as the handshake, which nobody answers.
    expect((await lab.graph('POST', '/subscriptions', { body, headers: contacts })).code).toBe('InvalidRequest');
  });
});

describe('throttling', () => {
  it('counts contacts and mail of a mailbox together', async () => {
    await lab.settings({ throttle: { concurrency: 2 }, latencyMs: 100 });
    const answers = await Promise.all([
      lab.get('/me/contacts'),
      lab.get('/me/messages'),
      lab.get('/me/contactFolders'),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 429]);
  });

  it('and faults hit contacts as they hit mail, and the log has what was asked', async () => {
    await lab.fault({ kind: 'status', status: 409 }, { method: 'PATCH', path: '^/me/contacts/' });
    const id = await world.add();
    expect((await world.patch(id, { surname: 'A' })).code).toBe('ErrorIrresolvableConflict');
    await lab.fault({ kind: 'applied', status: 504 }, { method: 'POST', path: '^/me/contacts$' });
    expect((await world.create({ givenName: 'Adam' })).status).toBe(504);
    expect((await world.truth()).contacts).toHaveLength(2);
    const log = (await lab.control('GET', '/requests')).items;
    expect(log.map((line) => [line['method'], line['status']])).toEqual([
      ['PATCH', 409],
      ['POST', 504],
    ]);
    expect(log[1]?.['body']).toContain('Adam');
  });

  it('holds in batches too, where an inner If-Match counts', async () => {
    const id = await world.add();
    const requests = ['W/"stale"', undefined].map((match, at) => ({
      id: String(at),
      method: 'PATCH',
      url: `/me/contacts/${id}`,
      headers: { 'Content-Type': 'application/json', ...(match === undefined ? {} : { 'If-Match': match }) },
      body: { surname: 'A' },
    }));
    const answer = await lab.graph('POST', '/$batch', { body: { requests } });
    const statuses = statusesOf(answer);
    expect([statuses.get('0'), statuses.get('1')]).toEqual([412, 200]);
  });
});

const responses = z.array(z.object({ id: z.string(), status: z.number() }));

function statusesOf(answer: Answer): Map<string, number> {
  return new Map(responses.parse(answer.json['responses']).map(({ id, status }) => [id, status]));
}

describe('photos', () => {
  const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]);
  const put = async (path: string, type: string, bytes: Buffer, upn = UPN): Promise<number> => {
    const response = await fetch(`${lab.server.graph}/v1.0${path}`, {
      method: 'PUT',
      headers: { ...(await bearer({ upn, scopes: ['Contacts.ReadWrite'] })), 'content-type': type },
      body: new Uint8Array(bytes),
    });
    return response.status;
  };

  it('are 404 until there is one, and then the bytes that were put', async () => {
    const path = `/me/contacts/${await world.add()}/photo`;
    expect((await lab.get(path)).code).toBe('ErrorItemNotFound');
    expect((await lab.get(`${path}/$value`)).code).toBe('ImageNotFound');
    expect(await put(`${path}/$value`, 'image/png', JPEG)).toBe(400);
    expect(await put(`${path}/$value`, 'image/jpeg', Buffer.from('no picture'))).toBe(400);
    expect(await put(`${path}/$value`, 'image/jpeg', Buffer.alloc(5 * 1024 * 1024, 0xff))).toBe(413);
    expect(await put(`${path}/$value`, 'image/jpeg', JPEG)).toBe(200);
    const value = await lab.get(`${path}/$value`);
    expect([value.status, value.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect((await lab.get(path)).json).toMatchObject({ '@odata.mediaContentType': 'image/jpeg' });
  });

  it('are not there for personal accounts', async () => {
    const upn = 'kim@outlook.example';
    await lab.control('POST', '/users', { userPrincipalName: upn, kind: 'personal' });
    const files = [{ name: 'eve.vcf', contact: { givenName: 'Eve' }, photo: JPEG.toString('base64') }];
    await lab.control('POST', '/import', { upn, files });
    const [made] = z
      .array(z.object({ id: z.string(), hasPhoto: z.literal(true) }))
      .parse((await lab.control('GET', `/users/${upn}/snapshot`)).json['contacts']);
    const id = made?.id;
    expect(await put(`/me/contacts/${String(id)}/photo/$value`, 'image/jpeg', JPEG, upn)).toBe(404);
    const headers = await bearer({ upn, scopes: ['Contacts.ReadWrite'] });
    expect((await lab.get(`/me/contacts/${String(id)}/photo`, headers)).status).toBe(404);
  });
});
