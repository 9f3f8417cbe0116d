import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { z } from 'zod';
import { parseJson } from '../lib/json.ts';
import { readRetryAfter } from '../lib/retry-after.ts';
import { readText } from './answer-text.ts';

/** What the sign-in service last answered to one application object; msal's own errors hide it. */
export interface TokenEndpoint {
  status: number | null;
  retryAfterMs: number | null;
  /** No answer, a cut one, or one that is no JSON. */
  failed: boolean;
}

/** How msal reaches the network: with a time-out, without redirects (a redirect would carry the secrets elsewhere) and without retries. */
export class MsalNetwork implements INetworkModule {
  readonly endpoint: TokenEndpoint = { status: null, retryAfterMs: null, failed: false };
  readonly #timeoutMs: number;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send<T>(url, 'GET', options);
  }

  sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send<T>(url, 'POST', options);
  }

  async #send<T>(url: string, method: string, options: NetworkRequestOptions = {}): Promise<NetworkResponse<T>> {
    this.endpoint.failed = true;
    const response = await fetch(url, {
      method,
      headers: options.headers ?? {},
      body: options.body ?? null,
      redirect: 'error',
      signal: AbortSignal.timeout(this.#timeoutMs),
    });
    this.endpoint.status = response.status;
    this.endpoint.retryAfterMs = readRetryAfter(response.headers.get('retry-after'), new Date());
    const body = objectOf<T>().parse(parseJson(await readText(response)));
    this.endpoint.failed = false;
    return { status: response.status, headers: Object.fromEntries(response.headers), body };
  }
}

/** Msal names the type that it expects and reads the members itself; that it is an object is checked here. */
const objectOf = <T>(): z.ZodType<T> =>
  z.custom<T>((value) => z.record(z.string(), z.unknown()).safeParse(value).success);
