import type { TableClient } from '@azure/data-tables';
import {
  createHttpHeaders,
  createPipelineRequest,
  type HttpMethods,
  type Pipeline,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { StorageError } from '../errors.ts';
import { parseJson } from '../lib/json.ts';
import { directHttp } from './direct-http.ts';
import { restFailure } from './failures.ts';

/** Where a row stands, and its own columns as JSON text without the braces (`serialize`). */
export interface SentRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly members: string;
}

/** What the client's own calls and streams need, and these do not. */
const PASSED_OVER = [
  'serializationPolicy',
  'deserializationPolicy',
  'decompressResponsePolicy',
  'formDataPolicy',
  'multipartPolicy',
  'tracingPolicy',
  'redirectPolicy',
  'logPolicy',
];

const MINIMAL = 'application/json;odata=minimalmetadata';
const WRITTEN = { accept: 'application/json', 'content-type': 'application/json' };
const INSERTED = {
  accept: MINIMAL,
  'content-type': 'application/json;odata=nometadata',
  prefer: 'return-no-content',
};

/**
 * Sends calls about one row through the pipeline of the table client (its signing, its names for a request), in the client's
 * own format (a test holds the two together). The client's models and streams take more time than such a call itself.
 * Each method sends one request and throws RestError with status and code; without them the outcome is unclear.
 */
export class RowSender {
  readonly #client: TableClient;
  readonly #pipeline: Pipeline;
  readonly #base: string;
  readonly #query: string;

  constructor(client: TableClient) {
    this.#client = client;
    this.#pipeline = client.pipeline.clone();
    this.#pipeline.removePolicy({ phase: 'Retry' });
    for (const name of PASSED_OVER) this.#pipeline.removePolicy({ name });
    const [base = '', query] = client.url.split('?');
    this.#base = base.replace(/\/$/, '');
    this.#query = query ?? '';
  }

  /** The row with its columns as the client gives them. */
  async get(
    partitionKey: string,
    rowKey: string,
    signal: AbortSignal,
    select?: readonly string[],
  ): Promise<Record<string, unknown>> {
    const query = select === undefined ? '' : `$select=${encodeURIComponent(select.join(','))}`;
    const target = this.address(partitionKey, rowKey);
    const { bodyAsText } = await this.send('GET', target, { headers: { accept: MINIMAL }, signal, query });
    return readRow(bodyAsText ?? '');
  }

  /** Answers the version. */
  async insert(row: SentRow, signal: AbortSignal): Promise<string> {
    return versionOf(await this.send('POST', '', { headers: INSERTED, body: bodyOf(row), signal }));
  }

  /** Puts the row in place of whatever stands, or of that very version; answers the new one. */
  async put(row: SentRow, signal: AbortSignal, version?: string): Promise<string> {
    const headers = version === undefined ? WRITTEN : { ...WRITTEN, 'if-match': version };
    const target = this.address(row.partitionKey, row.rowKey);
    return versionOf(await this.send('PUT', target, { headers, body: bodyOf(row), signal }));
  }

  private address(partitionKey: string, rowKey: string): string {
    return `(PartitionKey='${inUrl(partitionKey)}',RowKey='${inUrl(rowKey)}')`;
  }

  private async send(
    method: HttpMethods,
    target: string,
    call: {
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly signal: AbortSignal;
      readonly query?: string;
    },
  ): Promise<PipelineResponse> {
    const query = [call.query ?? '', this.#query].filter((part) => part !== '').join('&');
    const request = createPipelineRequest({
      url: `${this.#base}/${this.#client.tableName}${target}${query === '' ? '' : `?${query}`}`,
      method,
      ...(call.body === undefined ? {} : { body: call.body }),
      abortSignal: call.signal,
      allowInsecureConnection: this.#base.startsWith('http:'),
      headers: createHttpHeaders({ 'x-ms-version': '2019-02-02', DataServiceVersion: '3.0', ...call.headers }),
    });
    const answer = await this.#pipeline.sendRequest(directHttp, request);
    if (answer.status < 200 || answer.status >= 300) throw restFailure(answer.status, answer.bodyAsText ?? '');
    return answer;
  }
}

/** A key as it stands in an address. */
export const inUrl = (key: string): string => encodeURIComponent(key.replaceAll("'", "''"));

function bodyOf({ partitionKey, rowKey, members }: SentRow): string {
  const own = members === '' ? '' : `,${members}`;
  return `{"PartitionKey":${JSON.stringify(partitionKey)},"RowKey":${JSON.stringify(rowKey)}${own}}`;
}

function versionOf({ headers }: PipelineResponse): string {
  const version = headers.get('etag');
  if (version === undefined) throw new StorageError('store.unavailable', 'The answer to a write names no version');
  return version;
}

const rowSchema = z.record(z.string(), z.unknown());
const names: ReadonlyMap<string, string> = new Map([
  ['PartitionKey', 'partitionKey'],
  ['RowKey', 'rowKey'],
  ['odata.etag', 'etag'],
  ['Timestamp', 'timestamp'],
]);
const TYPE = '@odata.type';

function readRow(text: string): Record<string, unknown> {
  const { data } = rowSchema.safeParse(parseJson(text));
  // Not to be taken for a row without columns.
  if (data === undefined) throw new Error('The answer is no row');
  const row: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) {
    if (!name.endsWith(TYPE)) row[names.get(name) ?? name] = typed(value, data[`${name}${TYPE}`]);
  }
  return row;
}

/** The types that rows are written with (`serialize`); texts, flags, and numbers that JSON can tell carry none. */
function typed(value: unknown, type: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (type === 'Edm.Binary') return Buffer.from(value, 'base64');
  if (type === 'Edm.Int64') return BigInt(value);
  if (type === 'Edm.Double') return Number(value);
  return value;
}
