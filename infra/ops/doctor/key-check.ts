import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ApiClient } from '../api/client.ts';
import { ApiError, OpsError } from '../errors.ts';
import { bad, note, ok, warn, type Finding } from './finding.ts';

/** What is known of the API after it was asked: without an answer the rest cannot be looked at. */
export interface Reached {
  readonly findings: readonly Finding[];
  readonly usable: boolean;
}

const page = z.object({ items: z.array(z.unknown()) });
const alive = z.object({ status: z.string() });

/** A clock that is off by more than this confuses waits and tokens; by more than the second, sign-in and storage refuse it. */
const SKEW_WARN_S = 30;
const SKEW_BAD_S = 300;

/** Whether the API is there, whether its clock and ours agree, and what the key may do. */
export async function checkApi(api: ApiClient, key: string | null, apiKeys: string | null): Promise<Reached> {
  try {
    const sent = Date.now();
    const { date, tookMs } = await api.ask(alive, '/health', { once: true });
    const findings = [ok('api', `${api.base} answers in ${Math.round(tookMs)} ms`), checkClock(date, sent, tookMs)];
    if (key === null) {
      const lacking = bad('key', 'no API key was given', 'Give --key, or OUTLOOK_SYNC_API_KEY in the environment.');
      return { findings: [...findings, lacking], usable: false };
    }
    const rights = await checkKey(api, key, apiKeys);
    return { findings: [...findings, ...rights.findings], usable: rights.usable };
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    return { findings: [bad('api', error.message, error.hint ?? undefined)], usable: false };
  }
}

/** The API's clock against ours; it tells whole seconds. */
export function checkClock(date: Date | null, sent: number, tookMs: number): Finding {
  const check = 'clock';
  if (date === null) return note(check, 'the API does not tell its time');
  const off = Math.round((date.getTime() + 500 - (sent + tookMs / 2)) / 1000);
  const text = `the API's clock is ${Math.abs(off)} s ${off < 0 ? 'behind' : 'ahead of'} this machine's`;
  if (Math.abs(off) > SKEW_BAD_S)
    return bad(check, text, 'Set the clocks: sign-in and storage refuse requests from another time.');
  if (Math.abs(off) > SKEW_WARN_S) return warn(check, text, 'Set the clocks.');
  return ok(check, `the API's clock agrees with this machine's (within ${Math.abs(off) + 1} s)`);
}

async function checkKey(api: ApiClient, key: string, apiKeys: string | null): Promise<Reached> {
  const read = await allowed(() => api.ask(page, '/connections?limit=1', { once: true }));
  if (read !== 'yes') return { findings: [bad('key', read.message, read.hint ?? undefined)], usable: false };
  // An empty request is refused for what it lacks, but only after the key was let through: it changes nothing.
  const write = await allowed(() =>
    api.ask(z.unknown(), '/connect-links', { method: 'POST', body: {}, also: [400], once: true }),
  );
  const may = write === 'yes' ? 'read and write' : 'read only';
  const listed = entryOf(key, apiKeys);
  const entry =
    listed === null
      ? ''
      : ` (in API_KEYS: "${listed.name}", ${listed.scopes.join(', ')}${confined(listed.workspaces)})`;
  const findings = [
    ok('key', `the key may ${may}${entry}`),
    ...(write === 'yes' || write.code === 'scope_missing' ? [] : [bad('key', write.message, write.hint ?? undefined)]),
  ];
  return { findings, usable: true };
}

async function allowed(ask: () => Promise<unknown>): Promise<'yes' | ApiError> {
  try {
    await ask();
    return 'yes';
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

const entries = z.array(
  z.object({
    name: z.string(),
    sha256: z.string(),
    scopes: z.array(z.string()),
    workspaces: z.array(z.string()).optional(),
  }),
);
type Entry = z.output<typeof entries>[number];

/** The entry of API_KEYS that a key belongs to, where the setting is at hand. */
function entryOf(key: string, apiKeys: string | null): Entry | null {
  if (apiKeys === null) return null;
  const sha256 = createHash('sha256').update(key).digest('hex');
  try {
    return entries.parse(JSON.parse(apiKeys)).find((entry) => entry.sha256 === sha256) ?? null;
  } catch {
    // Settings at hand need not be those of the app that answers: what the API says counts.
    return null;
  }
}

const confined = (workspaces: readonly string[] | undefined): string =>
  workspaces === undefined ? '' : `, workspaces ${workspaces.join(', ')} alone`;
