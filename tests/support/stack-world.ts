import { QueueServiceClient } from '@azure/storage-queue';
import { z } from 'zod';
import { signIn } from '../../infra/local/entra/sign-in.ts';
import { startStack, type Stack } from '../../infra/local/stack.ts';
import { until } from '../../infra/local/demo/wait.ts';
import { apiContract, readApiDocument, type ApiDocument, type SeenAnswer } from './api-contract.ts';
import { watchGraph } from './graph-openapi.ts';
import { apiKeys, KEYS, problem, requestLine, type RequestLine } from './stack-shapes.ts';

/** Once a year: a test calls timers by hand. */
export const NEVER = '0 0 0 1 1 *';
/** Where browsers are sent back to. Nothing listens there: who follows stops before it. */
export const RETURN_URL = 'http://127.0.0.1:9/connected?tab=1';

export interface Answer extends SeenAnswer {
  readonly headers: Headers;
  readonly text: string;
}

export interface CallOptions {
  readonly key?: string | null;
  readonly body?: unknown;
  readonly raw?: RequestInit;
}

export interface User {
  readonly upn: string;
  readonly password: string;
}

/**
 * The whole product as its users meet it: the built app in the local functions host, a process of its own, on local storage,
 * vault and Microsoft 365. Each answer of the API is held to the app's own description, each request to Graph to Graph's.
 */
export class StackWorld {
  readonly stack: Stack;
  readonly document: ApiDocument;
  readonly lines: readonly string[];
  readonly #contract: (answer: SeenAnswer) => string[];

  private constructor(stack: Stack, document: ApiDocument, lines: readonly string[]) {
    this.stack = stack;
    this.document = document;
    this.lines = lines;
    this.#contract = apiContract(document);
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<StackWorld> {
    const lines: string[] = [];
    const stack = await startStack({
      onLog: (line) => lines.push(line),
      settings: {
        API_KEYS: apiKeys(),
        RETURN_URL_ALLOWLIST: 'http://127.0.0.1:9/connected',
        EMAIL_SYNC_SCHEDULE: NEVER,
        SUBSCRIPTION_RENEWAL_SCHEDULE: NEVER,
        HOUSEKEEPING_SCHEDULE: NEVER,
        STATISTICS_SCHEDULE: NEVER,
        SYNC_JITTER_MS: '0',
        SYNC_RETRY_BACKOFF_MS: '500',
        ...settings,
      },
    });
    const response = await fetch(`${stack.api}/openapi.json`, { headers: { authorization: `Bearer ${KEYS.read}` } });
    return new StackWorld(stack, readApiDocument(await response.json()), lines);
  }

  /** Ends all; throws where a request to Graph was one that its description does not know. */
  async close(): Promise<void> {
    const watch = watchGraph();
    for (const { method, path, headers, body = '', batch } of await this.requests())
      // What came in a batch is checked with it.
      if (path.startsWith('/v1.0/') && batch === undefined)
        watch.see({ method, path, headers: { ...headers, 'content-type': headers['contentType'] }, body });
    await this.stack.close();
    watch.verify();
  }

  /**
   * Calls the API, each time on a connection of its own: one that was idle may be closed by the other side at that very
   * moment. Throws where the answer is not as the app's own description says.
   */
  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { key = KEYS.admin, body, raw = {} } = options;
    const headers = new Headers(raw.headers);
    headers.set('connection', 'close');
    if (key !== null && !headers.has('authorization')) headers.set('authorization', `Bearer ${key}`);
    if (body !== undefined) headers.set('content-type', 'application/json');
    const init = { ...raw, method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const url = new URL(`${this.stack.api}${path}`);
    const response = await fetch(url, { redirect: 'manual', ...init });
    const text = await response.text();
    const answer = {
      ...{ method, path: url.pathname, status: response.status, headers: response.headers, text },
      contentType: response.headers.get('content-type') ?? '',
      json: toJson(text),
    };
    const faults = this.#contract(answer);
    if (faults.length > 0)
      throw new Error(`${method} ${path} does not keep to openapi.json: ${faults.join('; ')}\n${text.slice(0, 500)}`);
    return answer;
  }

  /** What a call brings; throws on every status above 299. */
  async get<T>(schema: z.ZodType<T>, path: string): Promise<T> {
    return this.send(schema, 'GET', path);
  }

  async send<T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call(method, path, body === undefined ? {} : { body });
    if (answer.status > 299) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return schema.parse(answer.json);
  }

  /** A call that is refused: status, code, and the places of its faults. */
  async refused(
    method: string,
    path: string,
    options: CallOptions = {},
  ): Promise<{ status: number; code: string; at: string[] }> {
    const answer = await this.call(method, path, options);
    if (!answer.contentType.startsWith('application/problem+json'))
      throw new Error(`${method} ${path} answered ${answer.status} as ${answer.contentType}: ${answer.text}`);
    const { status, code, requestId, errors = [] } = problem.parse(answer.json);
    if (status !== answer.status || requestId !== answer.headers.get('x-request-id'))
      throw new Error(`the problem is not that of its answer: ${answer.text}`);
    return { status, code, at: errors.map((error) => error.path) };
  }

  /** Runs a timer by hand. */
  async run(timer: string): Promise<void> {
    const body = JSON.stringify({ input: '' });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${this.stack.host}/admin/functions/${timer}`, { method: 'POST', headers, body });
    if (response.status !== 202) throw new Error(`${timer} was answered ${response.status}`);
  }

  /** The control API of the tenant. */
  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.stack.control}${path}`, {
      method,
      headers: { connection: 'close', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return toJson(text);
  }

  async requests(since = 0): Promise<RequestLine[]> {
    return z.array(requestLine).parse(await this.control('GET', `/requests?since=${since}`));
  }

  /** A mailbox in the tenant. */
  async user(name: string, fields: { messages?: number; folders?: number } = {}): Promise<User> {
    const user = { upn: `${name}@contoso.example`, password: 'Pa55-word!' };
    const { messages = 0, folders = 2 } = fields;
    const body = {
      userPrincipalName: user.upn,
      displayName: name,
      password: user.password,
      messages,
      folders,
      seed: 5,
    };
    await this.control('POST', '/users', body);
    return user;
  }

  mailbox(user: User, method: string, path: string, body?: unknown): Promise<unknown> {
    return this.control(method, `/users/${encodeURIComponent(user.upn)}${path}`, body);
  }

  /** Puts a message into the mailbox; answers its Graph id. */
  async arrive(user: User, fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const made = z.array(z.object({ id: z.string() })).parse(await this.mailbox(user, 'POST', '/messages', fields));
    return made[0]?.id ?? '';
  }

  /** A connect link of the API. */
  async link(fields: Readonly<Record<string, unknown>>): Promise<string> {
    const body = { domains: ['mail'], returnUrl: RETURN_URL, ...fields };
    return (await this.send(z.object({ url: z.string() }), 'POST', '/connect-links', body)).url;
  }

  /** Opens a connect link in a browser of its own. */
  async open(link: string): Promise<{ status: number; authorize: string; cookie: string; text: string }> {
    const response = await fetch(link, { redirect: 'manual' });
    const cookie = response.headers.getSetCookie().map((line) => line.split(';', 1)[0]).join('; '); // prettier-ignore
    return {
      ...{ status: response.status, cookie, authorize: response.headers.get('location') ?? '' },
      text: await response.text(),
    };
  }

  /** The whole way of a person: link, sign-in, consent, callback. Answers the callback's answer, not followed. */
  async follow(link: string, user: User, consent: 'accept' | 'deny' = 'accept'): Promise<Response> {
    const { authorize, cookie } = await this.open(link);
    const { redirectTo } = await signIn(authorize, { username: user.upn, password: user.password, consent });
    return fetch(redirectTo, { redirect: 'manual', headers: { cookie } });
  }

  /** Connects a mailbox, and waits for its first sync. */
  async connect(user: User, fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const link = await this.link({ userId: user.upn, settings: { mail: { folders: 'all' } }, ...fields });
    const back = await this.follow(link, user);
    const id = new URL(back.headers.get('location') ?? '', RETURN_URL).searchParams.get('connectionId');
    if (id === null) throw new Error(`the callback answered ${back.status}: ${await back.text()}`);
    await this.ready(id);
    return id;
  }

  /** Waits until mail is in step, its subscription lives, and nothing is under way. */
  async ready(id: string): Promise<void> {
    const mail = z.object({ status: z.string(), subscription: z.unknown() });
    const shown = z.object({ domains: z.object({ mail }) });
    await until(`${id} is in step`, async () => {
      const { status, subscription } = (await this.get(shown, `/connections/${id}`)).domains.mail;
      return status === 'ok' && subscription !== null;
    }, 30_000); // prettier-ignore
    await this.settled();
  }

  /** Waits until no job waits and none runs: a message in work counts until it is deleted. */
  async settled(): Promise<void> {
    const queues = QueueServiceClient.fromConnectionString(this.stack.settings['AzureWebJobsStorage'] ?? '');
    const left = async (): Promise<number> => {
      let count = 0;
      for await (const { name } of queues.listQueues())
        if (!name.endsWith('-poison'))
          count += (await queues.getQueueClient(name).getProperties()).approximateMessagesCount ?? 0;
      return count;
    };
    await until('empty queues', async () => (await left()) === 0 && (await left()) === 0, 20_000);
  }
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
