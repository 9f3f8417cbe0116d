import { z } from 'zod';
import { Lab, text, UPN } from './support.ts';
import type { Answer, Item } from './support.ts';

const members = z.record(z.string(), z.unknown());
const snapshot = z.object({ contactFolders: z.array(members), contacts: z.array(members) });

/** A server whose user lets contacts be read and written, and the short ways to both. */
export class ContactsLab {
  readonly lab: Lab;

  private constructor(lab: Lab) {
    this.lab = lab;
  }

  static async start(options: { contacts?: number; seed?: number } = {}): Promise<ContactsLab> {
    return new ContactsLab(await Lab.start({ ...options, scopes: ['Contacts.ReadWrite', 'Mail.ReadWrite'] }));
  }

  close(): Promise<void> {
    return this.lab.server.close();
  }

  /** A contact by Graph; its answer. */
  create(body: object, path = '/me/contacts'): Promise<Answer> {
    return this.lab.graph('POST', path, { body, headers: IMMUTABLE });
  }

  patch(id: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
    return this.lab.graph('PATCH', `/me/contacts/${id}`, { body, headers: { ...IMMUTABLE, ...headers } });
  }

  read(id: string, query = ''): Promise<Answer> {
    return this.lab.get(`/me/contacts/${id}${query}`, IMMUTABLE);
  }

  /** A contact by control; its immutable id. */
  async add(body: object = {}): Promise<string> {
    return text(
      (await this.lab.control('POST', `/users/${UPN}/contacts`, { givenName: 'Eve', ...body })).items[0],
      'id',
    );
  }

  change(id: string, body: object): Promise<Answer> {
    return this.lab.control('PATCH', `/users/${UPN}/contacts/${id}`, body);
  }

  move(id: string, folder: string): Promise<Answer> {
    return this.lab.control('POST', `/users/${UPN}/contacts/${id}/move`, { folder });
  }

  remove(id: string): Promise<Answer> {
    return this.lab.control('DELETE', `/users/${UPN}/contacts/${id}`);
  }

  /** A contact folder by Graph; its id. */
  async folder(displayName: string, parent?: string): Promise<string> {
    const path = parent === undefined ? '/me/contactFolders' : `/me/contactFolders/${parent}/childFolders`;
    return (await this.lab.graph('POST', path, { body: { displayName } })).at('id');
  }

  settings(contacts: object): Promise<Answer> {
    return this.lab.settings({ contacts });
  }

  async truth(): Promise<{ contactFolders: Item[]; contacts: Item[] }> {
    return snapshot.parse((await this.lab.control('GET', `/users/${UPN}/snapshot`)).json);
  }
}

export const IMMUTABLE = { prefer: 'IdType="ImmutableId"' };
