import { signIn } from '../../infra/local/entra/sign-in.ts';
import { startMicrosoft, type MicrosoftServer } from '../../infra/local/graph/server.ts';
import { startVault, type Vault } from '../../infra/local/vault/server.ts';
import { families } from '../../shared/api/families/all.ts';
import { callbackPage, loginPage } from '../../shared/api/connect/oauth-pages.ts';
import { openApp, type App } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { sha256Hex } from '../../shared/lib/hash.ts';
import { jsonLog } from '../../shared/lib/log.ts';
import { z } from 'zod';
import { chooseFunction, readRegistrations, type Registration } from './registrations.ts';
import { openStorageAccount, type StorageAccount } from './storage-account.ts';

export const KEYS = {
  admin: 'key-admin-0123456789',
  write: 'key-write-0123456789',
  read: 'key-read-0123456789',
  confined: 'key-confined-0123456789',
  confinedAdmin: 'key-confined-admin-0123456789',
} as const;

export const USER = { username: 'adele@contoso.example', password: 'Pa55-word!' };

/** A clock that is as late as the real one plus what it was moved by. */
export class MovedClock {
  #byMs = 0;
  now(): Date {
    return new Date(Date.now() + this.#byMs);
  }
  move(ms: number): void {
    this.#byMs += ms;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

export interface CallOptions {
  readonly key?: string | null;
  readonly body?: unknown;
  readonly raw?: RequestInit;
  /** The Idempotency-Key. */
  readonly once?: string;
  /** Parts that behave otherwise, for this request alone. */
  readonly parts?: Partial<App>;
}

/** Real storage, vault, sign-in and Graph on this machine; the app on them; its API called as the host would route it. */
export interface ApiWorld {
  readonly app: App;
  readonly azurite: StorageAccount;
  readonly vault: Vault;
  readonly microsoft: MicrosoftServer;
  readonly clock: MovedClock;
  readonly lines: string[];
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Follows a connect link as a browser would: login, sign-in pages, callback. Answers the callback's answer. */
  follow(url: string, consent?: 'accept' | 'deny'): Promise<Response>;
  login(url: string): Promise<{ readonly authorizeUrl: string; readonly cookie: string }>;
  callback(url: string, cookie: string | null): Promise<Response>;
  close(): Promise<void>;
}

const PUBLIC = 'http://127.0.0.1:7071';

export async function openApiWorld(settings: Readonly<Record<string, string>> = {}): Promise<ApiWorld> {
  const [azurite, vault, microsoft] = await Promise.all([openStorageAccount(), startVault(), startMicrosoft()]);
  await createUser(microsoft);
  const registrations = await readRegistrations();
  const clock = new MovedClock();
  const lines: string[] = [];
  const log = jsonLog((level, line) => lines.push(`${level} ${line}`));
  const app = openApp(loadConfig({ ...environmentOf(azurite, vault, microsoft), ...settings }), { clock, log });
  const bindings = { requestId: 'test-request', log };
  const follow = async (url: string, consent: 'accept' | 'deny' = 'accept'): Promise<Response> => {
    const { authorizeUrl, cookie } = await login(url);
    const { redirectTo } = await signIn(authorizeUrl, { ...USER, consent });
    return callback(redirectTo, cookie);
  };
  const login = async (url: string): Promise<{ authorizeUrl: string; cookie: string }> => {
    const response = await loginPage(app)(new Request(url), bindings);
    if (response.status !== 302) throw new Error(`login answered ${response.status}: ${await response.text()}`);
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
    return { authorizeUrl: response.headers.get('location') ?? '', cookie };
  };
  const callback = (url: string, cookie: string | null): Promise<Response> =>
    callbackPage(app)(new Request(url, { headers: cookie === null ? {} : { cookie } }), bindings);
  return {
    ...{ app, azurite, vault, microsoft, clock, lines, follow, login, callback },
    call: (method, path, options) => call(app, registrations, { method, path, ...options }),
    close: async () => {
      await Promise.all([microsoft.close(), vault.close()]);
    },
  };
}

async function call(
  app: App,
  registrations: readonly Registration[],
  {
    method,
    path,
    key = KEYS.write,
    body,
    raw = {},
    once,
    parts,
  }: CallOptions & { readonly method: string; readonly path: string },
): Promise<Answer> {
  const url = new URL(`${PUBLIC}/api${path}`);
  const name = chooseFunction(registrations, method, url.pathname);
  const family = name === null ? undefined : families[name];
  if (family === undefined) throw new Error(`the host has no function for ${method} ${path} (${name ?? 'none'})`);
  const headers = new Headers(raw.headers);
  if (key !== null && !headers.has('authorization')) headers.set('authorization', `Bearer ${key}`);
  if (once !== undefined) headers.set('idempotency-key', once);
  if (body !== undefined) headers.set('content-type', 'application/json');
  const init = { ...raw, method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await family({ ...app, ...parts }).fetch(new Request(url, init), {});
  const text = await response.text();
  const json = z.record(z.string(), z.unknown()).safeParse(parse(text));
  return { status: response.status, headers: response.headers, text, body: json.success ? json.data : {} };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function environmentOf(azurite: StorageAccount, vault: Vault, microsoft: MicrosoftServer): Record<string, string> {
  const key = (name: keyof typeof KEYS, scopes: string[], workspaces?: string[]): unknown => ({
    name,
    sha256: sha256Hex(KEYS[name]),
    scopes,
    workspaces,
  });
  return {
    AzureWebJobsStorage: azurite.connectionString,
    MICROSOFT_CLIENT_ID: '11111111-2222-4333-8444-555555555555',
    MICROSOFT_CLIENT_SECRET: 'local-secret',
    MICROSOFT_AUTHORITY_HOST: microsoft.authority,
    GRAPH_BASE_URL: microsoft.graph,
    KEY_VAULT_URL: vault.url,
    PUBLIC_BASE_URL: PUBLIC,
    RETURN_URL_ALLOWLIST: 'https://app.example.com/connected',
    API_KEYS: JSON.stringify([
      key('admin', ['admin']),
      key('write', ['write']),
      key('read', ['read']),
      key('confined', ['write'], ['ws-1']),
      key('confinedAdmin', ['admin'], ['ws-1', 'ws-9']),
    ]),
  };
}

async function createUser(microsoft: MicrosoftServer): Promise<void> {
  const response = await fetch(`${microsoft.control}/users`, {
    method: 'POST',
    body: JSON.stringify({
      userPrincipalName: USER.username,
      displayName: 'Adele Vance',
      password: USER.password,
      messages: 30,
    }),
  });
  if (!response.ok) throw new Error(`no user: ${response.status} ${await response.text()}`);
}
