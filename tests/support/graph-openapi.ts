import { z } from 'zod';
import { bodyChecker } from './graph-openapi/body.ts';
import {
  GRAPH_DOCUMENT,
  parametersOf,
  readGraphDocument,
  type GraphDocument,
  type Operation,
} from './graph-openapi/document.ts';
import { pathFinder } from './graph-openapi/paths.ts';
import { isLink, queryFaults } from './graph-openapi/query.ts';

/** A request as it was sent to Graph. */
export interface GraphRequest {
  readonly method: string;
  /** Path and query as they came, with the version: `/v1.0/me/messages?$top=10`. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Text of the body; empty = none. */
  readonly body: string;
}

/** Answers what is wrong with a request, in sentences; none = Graph knows all of it. */
export type GraphChecker = (request: GraphRequest) => string[];

const BATCH_LIMIT = 20;
const batchSchema = z.object({
  requests: z.array(
    z.object({
      id: z.string(),
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()).default({}),
      body: z.unknown().optional(),
      dependsOn: z.array(z.string()).default([]),
    }),
  ),
});

interface Parsed {
  readonly method: string;
  /** Below the version. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
}

/** Holds requests to Graph's description: path, method, query options, headers, body, and the inner requests of a `$batch`. */
export function graphChecker(document: GraphDocument): GraphChecker {
  const find = pathFinder(document);
  const bodyFaults = bodyChecker(document);
  const checkOne = ({ method, path, headers, body }: Parsed): string[] => {
    const url = new URL(path, 'http://graph.invalid');
    const found = find(url.pathname);
    if (typeof found === 'string') return [found];
    const { template, operations } = found;
    const operation = operations[method.toLowerCase()];
    if (operation === undefined) return [`is not taken: ${template} knows ${Object.keys(operations).join(', ')}`];
    const query = isLink(url.searchParams) ? [] : queryFaults(document, { template, operation }, url.searchParams);
    const media = Object.keys(operation.requestBody?.content ?? {}).filter((type) => type !== 'application/json');
    if (media.length > 0) return [...query, ...mediaFaults(media, { headers, body })];
    return [...query, ...headerFaults(document, operation, { headers, body }), ...bodyFaults(operation, body)];
  };
  const check = (request: Parsed): string[] => {
    const own = checkOne(request).map((fault) => `${request.method} ${request.path} ${fault}`);
    return request.path === '/$batch' ? [...own, ...batchFaults(request.body, check)] : own;
  };
  return ({ method, path, headers, body }) => {
    const version = /^\/v1\.0(\/.*)$/.exec(path)?.[1];
    if (version === undefined) return [`${method} ${path} is not below /v1.0`];
    const isJson = /json/i.test(headers['content-type'] ?? 'json');
    const parsed = body === '' ? { success: true, data: undefined } : isJson ? json.safeParse(body) : text(body);
    if (!parsed.success) return [`${method} ${path} has a body that is no JSON`];
    return check({ method, path: version, headers, body: parsed.data });
  };
}

const text = (data: string): { success: boolean; data: unknown } => ({ success: true, data });

/** What is wrong with bytes, such as a photo. */
function mediaFaults(taken: readonly string[], { headers, body }: Pick<Parsed, 'headers' | 'body'>): string[] {
  const type = headers['content-type']?.split(';')[0] ?? 'nothing';
  if (body === undefined) return ['needs a body'];
  return taken.includes(type) ? [] : [`sends a body as ${type}, not as ${taken.join(', ')}`];
}

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('is no JSON');
    return z.NEVER;
  }
});

function headerFaults(
  document: GraphDocument,
  operation: Operation,
  { headers, body }: Pick<Parsed, 'headers' | 'body'>,
): string[] {
  const required = parametersOf(document, operation).filter((one) => one.in === 'header' && one.required);
  const missing = required.filter((one) => headers[one.name.toLowerCase()] === undefined);
  const type = headers['content-type'];
  return [
    ...missing.map((one) => `lacks the header ${one.name}`),
    ...(body === undefined || (type !== undefined && /^application\/json\b/i.test(type))
      ? []
      : [`sends a body as ${type ?? 'nothing'}, not as application/json`]),
  ];
}

/** What holds for a batch as a whole, and each of its requests as if it came alone. */
function batchFaults(body: unknown, check: (request: Parsed) => string[]): string[] {
  const read = batchSchema.safeParse(body);
  if (!read.success) return [];
  const { requests } = read.data;
  const ids = new Set(requests.map((one) => one.id));
  const whole = [
    ...(requests.length > BATCH_LIMIT ? [`$batch holds ${requests.length} requests, over ${BATCH_LIMIT}`] : []),
    ...(requests.length === 0 ? ['$batch holds no request'] : []),
    ...(ids.size < requests.length ? ['$batch uses an id twice'] : []),
  ];
  const inner = requests.flatMap(({ id, method, url, headers, body: innerBody, dependsOn }) => {
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const stray = dependsOn.filter((other) => !ids.has(other));
    return [
      ...(url.startsWith('/')
        ? check({ method, path: url, headers: lower, body: innerBody })
        : [`${url} is no relative path`]),
      ...stray.map((other) => `depends on ${other}, which is not in the batch`),
    ].map((fault) => `in $batch, request ${id}: ${fault}`);
  });
  return [...whole, ...inner];
}

/** Collects requests, and fails with all that was wrong with them. */
export interface GraphWatch {
  see(request: GraphRequest): void;
  /** How many it has seen. */
  readonly seen: number;
  /** Throws with every fault that was found, each once. */
  verify(): void;
}

let opened: GraphChecker | null | undefined;

/** Watches over requests to Graph. Where the description is not at hand the run says so once, and nothing is checked. */
export function watchGraph(): GraphWatch {
  opened ??= openChecker();
  const faults = new Map<string, number>();
  let seen = 0;
  return {
    see: (request) => {
      seen++;
      for (const fault of opened?.(request) ?? []) faults.set(fault, (faults.get(fault) ?? 0) + 1);
    },
    get seen() {
      return seen;
    },
    verify: () => {
      if (faults.size === 0) return;
      const lines = [...faults].map(([fault, times]) => `- ${fault}${times > 1 ? ` (${times} times)` : ''}`);
      throw new Error(`Requests that Graph's description does not know:\n${lines.join('\n')}`);
    },
  };
}

function openChecker(): GraphChecker | null {
  const document = readGraphDocument();
  if (document !== null) return graphChecker(document);
  process.stderr.write(`${GRAPH_DOCUMENT} is not here: requests to Graph are not compared with its description\n`);
  return null;
}
