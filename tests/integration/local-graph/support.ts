import { z } from 'zod';
import { startMicrosoft } from '../../../infra/local/graph/server.ts';
import type { MicrosoftServer } from '../../../infra/local/graph/server.ts';

export const UPN = 'ada.lovelace@contoso.example';

const record = z.record(z.string(), z.unknown());
const list = z.array(record);
export type Item = z.infer<typeof record>;

/** One answer, its body read as JSON where it is JSON. */
export class Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;

  constructor(status: number, headers: Headers, text: string) {
    this.status = status;
    this.headers = headers;
    this.text = text;
  }

  get json(): Item {
    return record.parse(JSON.parse(this.text));
  }

  get value(): Item[] {
    return list.parse(this.json['value']);
  }

  get items(): Item[] {
    return list.parse(JSON.parse(this.text));
  }

  /** A member that must be text. */
  at(name: string): string {
    return z.string().parse(this.json[name]);
  }

  get code(): string {
    return text(record.parse(this.json['error']), 'code');
  }

  get message(): string {
    return text(record.parse(this.json['error']), 'message');
  }

  link(name: 'nextLink' | 'deltaLink'): string | undefined {
    return z.string().optional().parse(this.json[`@odata.${name}`]);
  }
}

export function text(item: Item | undefined, name: string): string {
  return z.string().parse(item?.[name]);
}

export const immutable = (size = 200): Record<string, string> => ({
  prefer: `odata.maxpagesize=${size}, IdType="ImmutableId"`,
});

type Sent = { body?: unknown; headers?: Record<string, string>; raw?: string };

/** A server with one user, and the ways to talk to it. */
export class Lab {
  readonly server: MicrosoftServer;
  private token = '';

  private constructor(server: MicrosoftServer) {
    this.server = server;
  }

  static async start(
    options: { messages?: number; folders?: number; contacts?: number; seed?: number; scopes?: string[] } = {},
  ): Promise<Lab> {
    const { messages = 0, folders = 0, contacts = 0, seed = 7, scopes } = options;
    const lab = new Lab(await startMicrosoft({ seed, now: () => new Date('2026-11-20T10:00:00Z') }));
    await lab.control('POST', '/users', { userPrincipalName: UPN, messages, folders, contacts });
    lab.token = await lab.tokenFor({ upn: UPN, scopes });
    return lab;
  }

  async tokenFor(body: object): Promise<string> {
    return (await this.control('POST', '/tokens', body)).at('accessToken');
  }

  async control(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await send(this.server.control + path, method, body === undefined ? {} : { body });
    if (answer.status >= 400) throw new Error(`control answered ${answer.status}: ${answer.text}`);
    return answer;
  }

  /** A path below `/v1.0`, or a whole link. */
  graph(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const url = path.startsWith('http') ? path : `${this.server.graph}/v1.0${path}`;
    return send(url, method, { ...sent, headers: { authorization: `Bearer ${this.token}`, ...sent.headers } });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.graph('GET', path, { headers });
  }

  /** A message by control; its immutable id. */
  async add(fields: object = {}): Promise<string> {
    const made = await this.control('POST', `/users/${UPN}/messages`, { subject: 'Hello', ...fields });
    return text(made.items[0], 'id');
  }

  move(id: string, folder: string): Promise<Answer> {
    return this.control('POST', `/users/${UPN}/messages/${id}/move`, { folder });
  }

  change(id: string, fields: object): Promise<Answer> {
    return this.control('PATCH', `/users/${UPN}/messages/${id}`, fields);
  }

  fault(action: object, match: object = {}, more: object = {}): Promise<Answer> {
    return this.control('POST', '/faults', { match, action, ...more });
  }

  settings(patch: object): Promise<Answer> {
    return this.control('PATCH', '/settings', patch);
  }

  /** Walks a round to its deltaLink. */
  async round(start: string, headers = immutable()): Promise<{ items: Item[]; pages: number; link: string }> {
    const items: Item[] = [];
    let next = start;
    for (let pages = 1; pages < 1000; pages += 1) {
      const page = await this.get(next, headers);
      if (page.status !== 200) throw new Error(`${page.status}: ${page.text}`);
      items.push(...page.value);
      const [link, done] = [page.link('nextLink'), page.link('deltaLink')];
      if ((link === undefined) === (done === undefined)) throw new Error('a page has one of the two links');
      if (done !== undefined) return { items, pages, link: done };
      next = link ?? next;
    }
    throw new Error('the round does not end');
  }
}

async function send(url: string, method: string, sent: Sent): Promise<Answer> {
  const headers = new Headers(sent.headers);
  const body = sent.raw ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  return new Answer(response.status, response.headers, await response.text());
}
