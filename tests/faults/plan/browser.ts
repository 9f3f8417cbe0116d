import { z } from 'zod';
import { signIn } from '../../../infra/local/entra/sign-in.ts';
import type { Caller } from './caller.ts';
import { API_KEY, PASSWORD } from './rig.ts';

/** What a person sees in the end: connected, to be tried again by the same link, or a link that is used up. */
export type Seen = 'connected' | 'failed' | 'used-up';

const linkAnswer = z.object({ url: z.string() });

/** Asks for a connect link, as the application does for its user; null where it is refused. */
export async function askForLink(call: Caller, userId: string): Promise<string | null> {
  const answer = await call('/api/connect-links', {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ userId, domains: ['mail'], settings: { mail: { folders: 'all' } } }),
  });
  return answer.ok ? linkAnswer.parse(await answer.json()).url : null;
}

/** One sign-in that waits at the last redirect: `finish` follows it. */
export interface SignIn {
  finish(): Promise<Seen>;
}

/** Opens a link and signs in at Microsoft's pages, up to the way back. */
export async function openLink(call: Caller, url: string, username: string): Promise<SignIn | 'failed' | 'used-up'> {
  const login = await call(pathOf(url));
  if (login.status === 410 || login.status === 404) return 'used-up';
  if (login.status !== 302) return 'failed';
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  const pages = await signIn(login.headers.get('location') ?? '', {
    username,
    password: PASSWORD,
    consent: 'accept',
  }).catch(
    // The sign-in service failed before the eyes of the person.
    () => null,
  );
  if (pages === null) return 'failed';
  return {
    finish: async () => {
      const back = await call(pathOf(pages.redirectTo), { headers: { cookie } });
      if (back.status === 200) return 'connected';
      return back.status === 410 ? 'used-up' : 'failed';
    },
  };
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** A person who wants to be connected: tries the link again, and asks for another one where it is used up. */
export class Person {
  readonly #userId: string;
  readonly #username: string;
  #link: string | null = null;
  /** How often a sign-in was seen through to the end, whatever the app made of it. */
  finished = 0;

  constructor(userId: string, username: string) {
    this.#userId = userId;
    this.#username = username;
  }

  /** One try; true once the person reads that the account is connected. */
  async tries(call: Caller): Promise<boolean> {
    this.#link ??= await askForLink(call, this.#userId);
    if (this.#link === null) return false;
    const opened = await openLink(call, this.#link, this.#username);
    const seen = typeof opened === 'string' ? opened : await this.#finish(opened);
    if (seen === 'used-up') this.#link = null;
    return seen === 'connected';
  }

  /** The same link in two windows at once: one of them connects, the other learns that it is used. */
  async triesTwice(call: Caller): Promise<boolean> {
    this.#link ??= await askForLink(call, this.#userId);
    if (this.#link === null) return false;
    const link = this.#link;
    const one = await openLink(call, link, this.#username);
    const two = await openLink(call, link, this.#username);
    const seen = await Promise.all(
      [one, two].map((each) => (typeof each === 'string' ? Promise.resolve(each) : this.#finish(each))),
    );
    if (seen.includes('used-up')) this.#link = null;
    return seen.includes('connected');
  }

  #finish(opened: SignIn): Promise<Seen> {
    this.finished++;
    return opened.finish();
  }
}
