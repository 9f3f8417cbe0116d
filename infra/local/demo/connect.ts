import { z } from 'zod';
import { signIn } from '../entra/sign-in.ts';
import type { ApiClient } from './client.ts';

/** Connects an account as a person would: the link, the sign-in pages, the consent, and back to the application. */
export async function connectAccount(
  api: ApiClient,
  account: {
    readonly userId: string;
    readonly username: string;
    readonly password: string;
    readonly folders?: 'all' | readonly string[];
    readonly calendars?: 'all';
    /** Mail alone unless told. */
    readonly domains?: readonly string[];
  },
): Promise<string> {
  const { folders, calendars } = account;
  const settings = {
    ...(folders === undefined ? {} : { mail: { folders } }),
    ...(calendars === undefined ? {} : { calendar: { calendarIds: calendars } }),
  };
  const link = await api.request(z.object({ url: z.string() }), '/connect-links', {
    method: 'POST',
    body: {
      userId: account.userId,
      workspaceId: 'demo',
      domains: account.domains ?? ['mail'],
      loginHint: account.username,
      settings,
    },
  });
  const login = await fetch(link.url, { redirect: 'manual' });
  const authorize = login.headers.get('location');
  if (login.status !== 302 || authorize === null)
    throw new Error(`the connect link answered ${login.status}: ${await login.text()}`);
  const cookie = login.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');
  const { redirectTo } = await signIn(authorize, {
    username: account.username,
    password: account.password,
    consent: 'accept',
  });
  const callback = await fetch(redirectTo, { headers: { cookie }, redirect: 'manual' });
  const text = await callback.text();
  if (callback.status >= 400) throw new Error(`the callback answered ${callback.status}: ${text.slice(0, 500)}`);
  const connections = z.object({ items: z.array(z.object({ id: z.string() })) });
  const { items } = await api.request(connections, `/connections?userId=${encodeURIComponent(account.userId)}`);
  const [connection] = items;
  if (connection === undefined) throw new Error('the account was connected, but no connection is listed');
  return connection.id;
}
