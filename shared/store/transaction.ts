import type { TableClient } from '@azure/data-tables';
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  RestError,
  type HttpClient,
} from '@azure/core-rest-pipeline';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../lib/json.ts';

/** One row of a transaction. `members` are its own columns as JSON text without the braces (`serialize`). */
export type RowAction =
  /** Puts the row in place of whatever stands, or of that very version. */
  | { readonly rowKey: string; readonly members: string; readonly version?: string }
  /** Removes the row whatever its version, or that very version; the whole transaction fails where it is not there. */
  | { readonly rowKey: string; readonly members: null; readonly version?: string };

/** What one action adds to a transaction besides its columns and keys, in bytes, at most. */
export const ACTION_BYTES = 600;

const LINE = '\r\n';
const PUT_HEADERS = `Content-Type: application/json${LINE}DataServiceVersion: 3.0${LINE}Accept: application/json${LINE}`;
const DELETE_HEADERS = `Accept: application/json;odata=minimalmetadata${LINE}DataServiceVersion: 3.0${LINE}`;

/**
 * Sends entity group transactions through the pipeline of the table client (its signing, its transport), in the client's
 * own format (a test holds the two together). The client itself runs a pipeline of its own for each row, which takes most
 * of the time of a commit; and it takes an answer for success that has lost rows.
 */
export class TransactionSender {
  readonly #client: TableClient;
  readonly #http: HttpClient = createDefaultHttpClient();
  readonly #base: string;
  readonly #query: string;

  constructor(client: TableClient) {
    this.#client = client;
    const [base = '', query] = client.url.split('?');
    this.#base = base.replace(/\/$/, '');
    this.#query = query === undefined ? '' : `?${query}`;
  }

  /** One request; answers the rows' new versions in order (undefined for removals). Throws RestError with status and code. */
  async send(
    partitionKey: string,
    actions: readonly RowAction[],
    abortSignal: AbortSignal,
  ): Promise<(string | undefined)[]> {
    const batch = `batch_${randomUUID()}`;
    const request = createPipelineRequest({
      url: `${this.#base}/$batch${this.#query}`,
      method: 'POST',
      body: this.body(batch, partitionKey, actions),
      abortSignal,
      allowInsecureConnection: this.#base.startsWith('http:'),
      headers: createHttpHeaders({
        accept: 'application/json',
        'x-ms-version': '2019-02-02',
        DataServiceVersion: '3.0;',
        MaxDataServiceVersion: '3.0;NetFx',
        'Content-Type': `multipart/mixed; boundary=${batch}`,
        'Accept-Charset': 'UTF-8',
      }),
    });
    const { status, bodyAsText } = await this.#client.pipeline.sendRequest(this.#http, request);
    return readAnswer(status, bodyAsText ?? '', actions.length);
  }

  private body(batch: string, partitionKey: string, actions: readonly RowAction[]): Buffer {
    const changeset = `changeset_${randomUUID()}`;
    const intro = `--${changeset}${LINE}content-type: application/http${LINE}content-transfer-encoding: binary${LINE}${LINE}`;
    const target = `${this.#base}/${this.#client.tableName}(PartitionKey='${inUrl(partitionKey)}',RowKey='`;
    const keys = `{"PartitionKey":${JSON.stringify(partitionKey)},"RowKey":`;
    const parts = actions.map((action) => {
      const url = `${target}${inUrl(action.rowKey)}') HTTP/1.1${LINE}`;
      if (action.members === null) {
        const match = `If-Match: ${action.version ?? '*'}${LINE}`;
        return Buffer.from(`${intro}DELETE ${url}${DELETE_HEADERS}${match}${LINE}${LINE}`);
      }
      const match = action.version === undefined ? '' : `If-Match: ${action.version}${LINE}`;
      const own = action.members === '' ? '' : `,${action.members}`;
      const row = `${keys}${JSON.stringify(action.rowKey)}${own}}`;
      return Buffer.from(`${intro}PUT ${url}${PUT_HEADERS}${match}${LINE}${LINE}${row}${LINE}`);
    });
    const head = `--${batch}${LINE}content-type: multipart/mixed; boundary=${changeset}${LINE}${LINE}${LINE}`;
    // Bytes row by row: one text of all rows is encoded several times slower, as soon as one row has a letter beyond Latin.
    return Buffer.concat([Buffer.from(head), ...parts, Buffer.from(`--${changeset}--${LINE}--${batch}--${LINE}`)]);
  }
}

const inUrl = (key: string): string => encodeURIComponent(key.replaceAll("'", "''"));

const errorSchema = z.object({
  'odata.error': z.object({ code: z.string(), message: z.object({ value: z.string() }).optional() }),
});

/** Throws unless the answer tells of success for each row. */
function readAnswer(status: number, text: string, rows: number): (string | undefined)[] {
  if (status >= 300) throw failure(status, text);
  const parts = text.split('--changesetresponse_').slice(1, -1);
  const answers = parts.map((part) => ({ part, status: Number(/HTTP\/1\.1 (\d{3})/.exec(part)?.[1] ?? 0) }));
  const failed = answers.find((answer) => answer.status >= 300);
  if (failed !== undefined) throw failure(failed.status, failed.part);
  if (answers.length !== rows || answers.some((answer) => answer.status < 200)) {
    throw new Error('The answer to a transaction is not whole');
  }
  return answers.map(({ part }) => /^ETag: (.*)$/im.exec(part)?.[1]?.trim());
}

function failure(statusCode: number, text: string): RestError {
  const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
  const { data } = errorSchema.safeParse(parseJson(json));
  const code = data?.['odata.error'].code;
  return new RestError('The transaction failed', { statusCode, ...(code === undefined ? {} : { code }) });
}
