import type { Needs } from '../http.ts';

const mailRead = ['Mail.Read', 'Mail.ReadWrite', 'Mail.Read.Shared', 'Mail.ReadWrite.Shared'];

/** What each family of routes asks of the token, by Graph's permission tables. */
export const needs = {
  mail: {
    read: { scopes: ['Mail.ReadBasic', ...mailRead], roles: ['Mail.ReadBasic.All', 'Mail.Read', 'Mail.ReadWrite'] },
    write: { scopes: ['Mail.ReadWrite', 'Mail.ReadWrite.Shared'], roles: ['Mail.ReadWrite'] },
    send: { scopes: ['Mail.Send', 'Mail.Send.Shared'], roles: ['Mail.Send'] },
  },
  contacts: {
    read: {
      scopes: ['Contacts.Read', 'Contacts.ReadWrite', 'Contacts.Read.Shared', 'Contacts.ReadWrite.Shared'],
      roles: ['Contacts.Read', 'Contacts.ReadWrite'],
    },
    write: { scopes: ['Contacts.ReadWrite', 'Contacts.ReadWrite.Shared'], roles: ['Contacts.ReadWrite'] },
  },
  settings: {
    read: { scopes: ['MailboxSettings.Read', 'MailboxSettings.ReadWrite'] },
    write: { scopes: ['MailboxSettings.ReadWrite'] },
  },
  profile: {
    scopes: ['User.Read', 'User.ReadBasic.All', 'User.Read.All', 'User.ReadWrite'],
    roles: ['User.Read.All', 'User.ReadBasic.All'],
  },
  translate: {
    scopes: ['User.ReadBasic.All', 'User.Read', 'User.ReadWrite', 'User.Read.All'],
    roles: ['User.Read.All', 'User.ReadWrite.All'],
  },
} satisfies Record<string, Needs | Record<string, Needs>>;
