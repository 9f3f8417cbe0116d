import { z } from 'zod';
import { oneCloud, PUBLIC_AUTHORITY } from './config-clouds.ts';
import { credentialOf, credentialSettings, isCredential, oneCredential } from './config-credential.ts';
import { secretText, storageConnection } from './config-secrets.ts';
import { ConfigError } from './errors.ts';
import { sha256Hex } from './lib/hash.ts';
import { parseJson } from './lib/json.ts';
import { isLoopback } from './lib/loopback.ts';
import { isNcrontab } from './lib/ncrontab.ts';
import { sayMissing } from './lib/say-missing.ts';

/** An https origin, or an http origin on this machine; read as a browser would, and kept in the one normal spelling. */
const origin = z.string().transform((text, context) => {
  const url = URL.parse(text.trim());
  if (url !== null && isBare(url) && (url.protocol === 'https:' || isLoopback(url.href))) return url.origin;
  context.addIssue('must be an https origin without a path (http only for a loopback address)');
  return z.NEVER;
});

const isBare = ({ username, password, hostname, pathname, search, hash }: URL): boolean =>
  /^[\w.[\]:-]+$/.test(hostname) && /^\/+$/.test(pathname) && username + password + search + hash === '';

/** Six-field NCRONTAB: sec min hour day month day-of-week. */
const schedule = z
  .string()
  .refine(
    isNcrontab,
    'must be a six-field NCRONTAB expression with values in range: sec min hour day month day-of-week',
  );

const whole = (low: number, high: number, usual: number): z.ZodType<number, string | undefined> =>
  z
    .string()
    .regex(/^-?\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().int().min(low).max(high))
    .optional()
    .transform((value) => value ?? usual);

const apiKeys = secretText
  .transform((text, context) => {
    const value = parseJson(text);
    if (value !== undefined) return value;
    context.addIssue('must be a JSON list of {name, sha256, scopes, workspaces?}');
    return z.NEVER;
  })
  .pipe(
    z
      .array(
        // Strict: a limit that is spelt wrong must not leave the key without it.
        z.strictObject({
          name: z.string().min(1).max(100),
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the key in lower-case hex')
            .refine((value) => value !== sha256Hex(''), 'is the SHA-256 of nothing'),
          scopes: z.array(z.enum(['read', 'write', 'admin'])).min(1),
          workspaces: z.array(z.string().min(1)).min(1).optional(),
        }),
      )
      .min(1, 'needs at least one key')
      // Of two entries for one key the first would count: the other's limits would be words alone.
      .refine((keys) => isDistinct(keys.map((key) => key.name)), 'gives one name to two keys')
      .refine((keys) => isDistinct(keys.map((key) => key.sha256)), 'has two entries for one key'),
  );

const isDistinct = (values: readonly string[]): boolean => new Set(values).size === values.length;

const list = (item: z.ZodType<string, string>): z.ZodType<string[], string> =>
  z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(item).min(1));

/** Off unless it says `true`: a word that is neither must not pass for one of them. */
const onOff = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((value) => value === 'true');

const timers = {
  emailSync: { setting: 'EMAIL_SYNC_SCHEDULE', usual: '0 * * * * *' },
  contactSync: { setting: 'CONTACT_SYNC_SCHEDULE', usual: '0 */5 * * * *' },
  calendarSync: { setting: 'CALENDAR_SYNC_SCHEDULE', usual: '0 */5 * * * *' },
  taskSync: { setting: 'TASK_SYNC_SCHEDULE', usual: '0 */5 * * * *' },
  bookingSync: { setting: 'BOOKING_SYNC_SCHEDULE', usual: '0 */5 * * * *' },
  subscriptionRenewal: { setting: 'SUBSCRIPTION_RENEWAL_SCHEDULE', usual: '0 */10 * * * *' },
  housekeeping: { setting: 'HOUSEKEEPING_SCHEDULE', usual: '0 17 * * * *' },
  statistics: { setting: 'STATISTICS_SCHEDULE', usual: '0 */5 * * * *' },
} as const;

const environment = z
  .object({
    AzureWebJobsStorage: storageConnection,
    MICROSOFT_CLIENT_ID: z.string().min(1),
    ...credentialSettings,
    MICROSOFT_TENANT_ID: z
      .string()
      .regex(/^[A-Za-z0-9.-]+$/)
      .default('common'),
    MICROSOFT_AUTHORITY_HOST: origin.default(PUBLIC_AUTHORITY),
    GRAPH_BASE_URL: origin.default('https://graph.microsoft.com'),
    KEY_VAULT_URL: list(origin),
    PUBLIC_BASE_URL: origin,
    API_KEYS: apiKeys,
    RETURN_URL_ALLOWLIST: list(z.url()).optional(),
    OUTLOOK_PUSH_WEBHOOK_TOKEN: secretText
      .min(16, 'must have at least 16 characters')
      .regex(/^[\x21-\x7e]*$/, 'must be of visible ASCII characters: it is sent in a header')
      .optional(),
    EMAIL_SYNC_SCHEDULE: schedule.default(timers.emailSync.usual),
    CONTACT_SYNC_SCHEDULE: schedule.default(timers.contactSync.usual),
    CALENDAR_SYNC_SCHEDULE: schedule.default(timers.calendarSync.usual),
    TASK_SYNC_SCHEDULE: schedule.default(timers.taskSync.usual),
    BOOKING_SYNC_SCHEDULE: schedule.default(timers.bookingSync.usual),
    SUBSCRIPTION_RENEWAL_SCHEDULE: schedule.default(timers.subscriptionRenewal.usual),
    HOUSEKEEPING_SCHEDULE: schedule.default(timers.housekeeping.usual),
    STATISTICS_SCHEDULE: schedule.default(timers.statistics.usual),
    SYNC_DELTA_PAGE_LIMIT: whole(1, 20, 5),
    PUSH_SYNC_MAX_MESSAGES: whole(1, 200, 25),
    SYNC_RETRIES: whole(1, 20, 5),
    SYNC_RETRY_BACKOFF_MS: whole(100, 3_600_000, 30_000),
    SYNC_JITTER_MS: whole(0, 600_000, 5_000),
    SYNC_PAGE_SIZE: whole(1, 1000, 196),
    SYNC_BUDGET_SECONDS: whole(1, 540, 240),
    SYNC_BUDGET_PAGES: whole(1, 100_000, 2_000),
    SUBSCRIPTION_RENEW_BEFORE_MIN: whole(15, 4_000, 720),
    CALENDAR_WINDOW_PAST_DAYS: whole(0, 3_650, 30),
    CALENDAR_WINDOW_FUTURE_DAYS: whole(1, 3_650, 365),
    SAFETY_POLL_MINUTES: whole(1, 10_080, 720),
    FEED_RETENTION_DAYS: whole(1, 3_650, 30),
    AUDIT_RETENTION_DAYS: whole(1, 3_650, 365),
    LEASE_SECONDS: whole(2, 300, 60),
    DELETE_GUARD_PERCENT: whole(1, 100, 50),
    DELETE_GUARD_MINIMUM: whole(1, 1_000_000, 20),
    DELIVERY_ALLOW_PRIVATE_TARGETS: onOff,
  })
  // Said beside all other faults, but not where a credential is wrong itself.
  .superRefine(oneCredential, { when: ({ issues }) => !issues.some(({ path }) => isCredential(path?.[0])) })
  .superRefine(oneCloud, { when: () => true })
  .transform((env) => ({
    storage: { connection: env.AzureWebJobsStorage },
    microsoft: {
      clientId: env.MICROSOFT_CLIENT_ID,
      credential: credentialOf(env),
      tenantId: env.MICROSOFT_TENANT_ID,
      authorityHost: env.MICROSOFT_AUTHORITY_HOST,
      graphBaseUrl: env.GRAPH_BASE_URL,
    },
    vaults: env.KEY_VAULT_URL,
    publicBaseUrl: env.PUBLIC_BASE_URL,
    apiKeys: env.API_KEYS,
    returnUrls: env.RETURN_URL_ALLOWLIST ?? [],
    pushToken: env.OUTLOOK_PUSH_WEBHOOK_TOKEN ?? null,
    schedules: {
      emailSync: env.EMAIL_SYNC_SCHEDULE,
      contactSync: env.CONTACT_SYNC_SCHEDULE,
      calendarSync: env.CALENDAR_SYNC_SCHEDULE,
      taskSync: env.TASK_SYNC_SCHEDULE,
      bookingSync: env.BOOKING_SYNC_SCHEDULE,
      subscriptionRenewal: env.SUBSCRIPTION_RENEWAL_SCHEDULE,
      housekeeping: env.HOUSEKEEPING_SCHEDULE,
      statistics: env.STATISTICS_SCHEDULE,
    },
    sync: {
      turnPages: env.SYNC_DELTA_PAGE_LIMIT,
      pushMaxMessages: env.PUSH_SYNC_MAX_MESSAGES,
      retries: env.SYNC_RETRIES,
      retryBackoffMs: env.SYNC_RETRY_BACKOFF_MS,
      jitterMs: env.SYNC_JITTER_MS,
      pageSize: env.SYNC_PAGE_SIZE,
      budgetMs: env.SYNC_BUDGET_SECONDS * 1000,
      budgetPages: env.SYNC_BUDGET_PAGES,
      safetyPollMs: env.SAFETY_POLL_MINUTES * 60_000,
      leaseMs: env.LEASE_SECONDS * 1000,
      guardPercent: env.DELETE_GUARD_PERCENT,
      guardMinimum: env.DELETE_GUARD_MINIMUM,
      feedRetentionMs: env.FEED_RETENTION_DAYS * 86_400_000,
    },
    renewBeforeMs: env.SUBSCRIPTION_RENEW_BEFORE_MIN * 60_000,
    auditRetentionMs: env.AUDIT_RETENTION_DAYS * 86_400_000,
    deliveries: { allowPrivateTargets: env.DELIVERY_ALLOW_PRIVATE_TARGETS },
    calendarWindow: { pastDays: env.CALENDAR_WINDOW_PAST_DAYS, futureDays: env.CALENDAR_WINDOW_FUTURE_DAYS },
  }));

export type Config = z.output<typeof environment>;
export type TimerName = keyof Config['schedules'];
export type ApiKey = Config['apiKeys'][number];

/** Names of all settings; a test holds local.settings.example.json and the README to them. */
export const settingNames: readonly string[] = Object.keys(environment.in.shape);

/** The only reader of the environment. Throws ConfigError with every fault at once; values of secrets are not repeated. */
export function loadConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = environment.safeParse(given, { error: sayMissing });
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `- ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(
    `Settings are wrong:\n${faults.join('\n')}\nSee local.settings.example.json and the README's table of settings.`,
  );
}

/**
 * A timer's schedule, without throwing: functions are registered before the start can fail with all faults (`loadConfig`),
 * and a function whose schedule is missing would not be indexed at all. A wrong setting reads as the usual schedule here.
 */
export function scheduleOf(name: TimerName, env: Readonly<Record<string, string | undefined>> = process.env): string {
  const { setting, usual } = timers[name];
  const given = schedule.safeParse(env[setting]);
  return given.success ? given.data : usual;
}
