import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { isLogLevel, type LogLevel } from '../log.ts';
import { parseTimeSpan } from './time-span.ts';

/** A time span in milliseconds. */
const timeSpan = z.string().transform((text, context) => {
  const milliseconds = parseTimeSpan(text);
  if (milliseconds !== undefined) return milliseconds;
  context.addIssue({ code: 'custom', message: `'${text}' is not a time span` });
  return z.NEVER;
});

const http = z.object({
  routePrefix: z.string().default('api'),
  // Unlimited, as on Flex Consumption.
  maxOutstandingRequests: z.number().int().default(-1),
  maxConcurrentRequests: z.number().int().default(-1),
  customHeaders: z.record(z.string(), z.string()).default({}),
});

const queues = z.object({
  batchSize: z.number().int().min(1).max(32).default(16),
  newBatchThreshold: z.number().int().min(0).optional(),
  maxDequeueCount: z.number().int().min(1).default(5),
  visibilityTimeout: timeSpan.prefault('00:00:00'),
  // 2 s is the default of the Development environment, which a laptop is.
  maxPollingInterval: z.union([z.number(), timeSpan]).prefault('00:00:02'),
  messageEncoding: z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(['base64', 'none']))
    .prefault('base64'),
});

const hostJson = z.object({
  version: z.literal('2.0', { error: 'version must be "2.0"' }),
  functionTimeout: z.union([z.literal('-1'), timeSpan]).prefault('00:30:00'),
  extensions: z.object({ http: http.prefault({}), queues: queues.prefault({}) }).prefault({}),
  logging: z.object({ logLevel: z.record(z.string(), z.string()).default({}) }).prefault({}),
});

export interface HttpSettings {
  readonly routePrefix: string;
  /** -1 = unlimited. */
  readonly maxOutstandingRequests: number;
  readonly maxConcurrentRequests: number;
  readonly customHeaders: Readonly<Record<string, string>>;
}

export interface QueueSettings {
  readonly batchSize: number;
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  readonly visibilityTimeoutMs: number;
  readonly maxPollingIntervalMs: number;
  readonly messageEncoding: 'base64' | 'none';
}

export interface HostSettings {
  readonly http: HttpSettings;
  readonly queues: QueueSettings;
  /** Infinity = none. */
  readonly functionTimeoutMs: number;
  readonly logLevels: Readonly<Record<string, LogLevel>>;
}

const OVERRIDE = 'AzureFunctionsJobHost__';

/**
 * Reads host.json; a setting `AzureFunctionsJobHost__extensions__queues__batchSize` overrides the value at that path.
 * Throws with every problem of the file.
 */
export function parseHostJson(
  content: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): HostSettings {
  const parsed = hostJson.safeParse(override(content ?? { version: '2.0' }, environment));
  if (!parsed.success) throw new Error(`host.json: ${z.prettifyError(parsed.error)}`);
  const { extensions, functionTimeout, logging } = parsed.data;
  return {
    http: { ...extensions.http, routePrefix: extensions.http.routePrefix.replace(/^\/+|\/+$/g, '') },
    queues: queueSettings(extensions.queues),
    functionTimeoutMs: functionTimeout === '-1' ? Infinity : functionTimeout,
    logLevels: toLevels(logging.logLevel),
  };
}

function queueSettings(options: z.infer<typeof queues>): QueueSettings {
  const { batchSize, newBatchThreshold, maxDequeueCount, messageEncoding } = options;
  return {
    batchSize,
    newBatchThreshold: newBatchThreshold ?? Math.floor(batchSize / 2) * availableParallelism(),
    maxDequeueCount,
    visibilityTimeoutMs: options.visibilityTimeout,
    maxPollingIntervalMs: Math.max(100, options.maxPollingInterval),
    messageEncoding,
  };
}

function toLevels(levels: Readonly<Record<string, string>>): Record<string, LogLevel> {
  return Object.fromEntries(
    Object.entries(levels).flatMap(([category, level]): [string, LogLevel][] => {
      const name = level.toLowerCase();
      return isLogLevel(name) ? [[category, name]] : [];
    }),
  );
}

function override(content: unknown, environment: Readonly<Record<string, string | undefined>>): unknown {
  return Object.entries(environment)
    .filter(([name]) => name.startsWith(OVERRIDE))
    .reduce(
      (result, [name, value]) => setAt(result, name.slice(OVERRIDE.length).split('__'), toScalar(value ?? '')),
      content,
    );
}

function setAt(target: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const members: Record<string, unknown> = typeof target === 'object' && target !== null ? { ...target } : {};
  const name = Object.keys(members).find((member) => member.toLowerCase() === key.toLowerCase()) ?? key;
  return { ...members, [name]: setAt(members[name], rest, value) };
}

function toScalar(text: string): unknown {
  if (/^-?\d+$/.test(text)) return Number(text);
  return text === 'true' || text === 'false' ? text === 'true' : text;
}
