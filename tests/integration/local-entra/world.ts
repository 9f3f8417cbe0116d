import { createHash, randomBytes } from 'node:crypto';
import { signIn } from '../../../infra/local/entra/sign-in.ts';
import { startMicrosoft } from '../../../infra/local/graph/server.ts';

export const CLIENT_ID = '11111111-2222-4333-8444-555555555555';
export const SECRET = 'local-secret';
export const REDIRECT = 'http://localhost:7071/api/oauth/microsoft/callback';
export const ADELE = { username: 'adele@contoso.example', password: 'Pa55-word!' };
export const SCOPES = 'openid profile offline_access User.Read Mail.ReadWrite';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export type Fields = Record<string, string | undefined>;

export interface World {
  readonly url: string;
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  authorizeUrl(changes?: Fields, tenant?: string): string;
  /** Signs Adele in and gives the code. */
  code(changes?: Fields, tenant?: string): Promise<string>;
  /** The token endpoint with client and secret filled in. */
  token(fields: Fields, tenant?: string): Promise<Answer>;
  redeem(code: string, changes?: Fields): Promise<Answer>;
  refresh(token: unknown, changes?: Fields): Promise<Answer>;
  close(): Promise<void>;
}

/** The local Microsoft 365 with one user, and short ways to its sign-in. */
export async function openWorld(): Promise<World> {
  const server = await startMicrosoft();
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${server.control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`control ${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : parse(text);
  };
  await control('POST', '/users', {
    userPrincipalName: ADELE.username,
    displayName: 'Adele Vance',
    password: ADELE.password,
  });
  const authorizeUrl = (changes: Fields = {}, tenant = 'common'): string => {
    const fields = {
      client_id: CLIENT_ID,
      response_type: 'code',
      redirect_uri: REDIRECT,
      scope: SCOPES,
      state: 'state-1',
      ...changes,
    };
    return `${server.url}/${tenant}/oauth2/v2.0/authorize?${params(fields).toString()}`;
  };
  const token = async (fields: Fields, tenant = 'common'): Promise<Answer> => {
    const body = params({ client_id: CLIENT_ID, client_secret: SECRET, ...fields });
    const response = await fetch(`${server.url}/${tenant}/oauth2/v2.0/token`, { method: 'POST', body });
    return { status: response.status, body: record(await response.json()) };
  };
  return {
    url: server.url,
    control,
    authorizeUrl,
    token,
    async code(changes, tenant) {
      const { redirectTo } = await signIn(authorizeUrl(changes, tenant), ADELE);
      return new URL(redirectTo).searchParams.get('code') ?? '';
    },
    redeem: (code, changes) => token({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT, ...changes }),
    refresh: (refreshToken, changes) =>
      token({ grant_type: 'refresh_token', refresh_token: String(refreshToken), scope: SCOPES, ...changes }),
    close: () => server.close(),
  };
}

export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export function params(fields: Fields): URLSearchParams {
  const made = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) made.set(name, value);
  return made;
}

export function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('not an object');
  return { ...value };
}

function parse(text: string): unknown {
  return JSON.parse(text);
}
