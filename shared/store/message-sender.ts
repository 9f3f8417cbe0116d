import { StorageSharedKeyCredential, type QueueServiceClient } from '@azure/storage-queue';
import { createHttpHeaders, createPipelineRequest, type PipelineRequest } from '@azure/core-rest-pipeline';
import { randomUUID } from 'node:crypto';
import { systemSleep } from '../lib/sleep.ts';
import { directHttp } from './direct-http.ts';
import { failureOf, restFailure } from './failures.ts';

/** The version that the client speaks. */
const VERSION = '2026-04-06';
/** What the service may take for one call, in seconds. */
const SERVICE_TIMEOUT_S = 30;
const TRIES = 3;
const BACKOFF_MS = 200;

export interface Message {
  /** Of letters that XML takes as they are: base64. */
  readonly text: string;
  readonly visibilityTimeout: number;
  readonly messageTimeToLive: number;
}

/**
 * Puts messages in queues in the format of the queue client (a test holds the two together), whose pipeline is closed to
 * others, and whose XML and models take more time than such a call itself. Signs as the client does, with its credential.
 */
export class MessageSender {
  readonly #base: string;
  readonly #query: string;
  readonly #credential: StorageSharedKeyCredential | null;

  constructor(service: QueueServiceClient) {
    const [base = '', query] = service.url.split('?');
    this.#base = base.replace(/\/$/, '');
    this.#query = query ?? '';
    this.#credential = credentialOf(service);
  }

  /** The message is durable once this returns, and may be there twice after a lost answer. Throws RestError. */
  async send(queue: string, message: Message, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.put(queue, message, signal);
        return;
      } catch (error) {
        const { status } = failureOf(error);
        const lasting = status !== null && status < 500 && status !== 408 && status !== 429;
        if (lasting || signal.aborted || attempt >= TRIES) throw error;
        await systemSleep(BACKOFF_MS * 2 ** (attempt - 1));
      }
    }
  }

  private async put(queue: string, message: Message, signal: AbortSignal): Promise<void> {
    const own = `visibilitytimeout=${message.visibilityTimeout}&messagettl=${message.messageTimeToLive}&timeout=${SERVICE_TIMEOUT_S}`;
    const body = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><QueueMessage><MessageText>${message.text}</MessageText></QueueMessage>`;
    const request = createPipelineRequest({
      url: `${this.#base}/${queue}/messages?${own}${this.#query === '' ? '' : `&${this.#query}`}`,
      method: 'POST',
      body,
      abortSignal: signal,
      // As the client: the address is the operator's own.
      allowInsecureConnection: true,
      headers: createHttpHeaders({
        'x-ms-version': VERSION,
        accept: 'application/xml',
        'content-type': 'application/xml',
        'x-ms-client-request-id': randomUUID(),
        'x-ms-date': new Date().toUTCString(),
      }),
    });
    if (this.#credential !== null) sign(request, body, this.#credential);
    const { status, headers, bodyAsText } = await directHttp.sendRequest(request);
    if (status !== 201) throw restFailure(status, bodyAsText ?? '', headers.get('x-ms-error-code'));
  }
}

/** The client's own, which it keeps for those who extend it; null = the address itself is signed (SAS). */
function credentialOf(service: QueueServiceClient): StorageSharedKeyCredential | null {
  const credential: unknown = Reflect.get(service, 'credential');
  return credential instanceof StorageSharedKeyCredential ? credential : null;
}

/** Shared Key over the headers that are sent here, and none else. */
function sign(request: PipelineRequest, body: string, credential: StorageSharedKeyCredential): void {
  const { pathname, searchParams } = new URL(request.url);
  const header = (name: string): string => request.headers.get(name) ?? '';
  const named = ['x-ms-client-request-id', 'x-ms-date', 'x-ms-version'].map((name) => `${name}:${header(name)}`);
  const query = [...searchParams].map(([name, value]) => `${name}:${value}`).toSorted();
  const text = [
    ...[request.method, '', '', String(Buffer.byteLength(body)), '', header('content-type'), '', '', '', '', '', ''],
    ...named,
    `/${credential.accountName}${pathname}`,
    ...query,
  ].join('\n');
  const signature = credential.computeHMACSHA256(text);
  request.headers.set('authorization', `SharedKey ${credential.accountName}:${signature}`);
}
