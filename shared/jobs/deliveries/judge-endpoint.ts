import type { DeliveryAnswer, DeliveryCursor, Endpoint, VersionedEndpoint } from '../../engine/delivery-ports.ts';
import { FenceLostError } from '../../errors.ts';
import { plus } from '../../lib/clock.ts';
import { hash } from '../../lib/hash.ts';
import { FAILING_FROM, GIVE_UP_MS, waitAfter } from './back-off.ts';
import { changeEndpoint, mended, withWork } from './endpoint-work.ts';
import { recordAct } from '../record-act.ts';
import type { DeliverPorts } from './ports.ts';

type Refusal = Extract<DeliveryAnswer, { readonly outcome: 'refused' }>;

/** A success is written down this often, at most, while there is nothing else to write. */
const SUCCESS_EVERY_MS = 60_000;
/** So long a probe keeps others away: longer than a delivery may take. */
const PROBE_MS = 30_000;

/** Nothing may be sent to the endpoint before this time; null = it may. */
export function restsUntil(endpoint: Endpoint, now: Date): Date | null {
  if (endpoint.notBefore === null) return null;
  const until = new Date(endpoint.notBefore);
  return until > now ? until : null;
}

/** It refuses what it is sent: one delivery that it cannot take, again and again, does not make it so. */
export const isFailing = ({ failedFeeds = [] }: Endpoint): boolean => failedFeeds.length >= FAILING_FROM;
export const mayBeSent = (endpoint: Endpoint): boolean => endpoint.status === 'active' && endpoint.deletedAt === null;

/** Takes the turn to try a failing endpoint with one delivery, over all connections and workers; null where another has it. */
export async function takeProbe(ports: DeliverPorts, found: VersionedEndpoint): Promise<VersionedEndpoint | null> {
  const endpoint = { ...found.endpoint, notBefore: plus(ports.clock.now(), PROBE_MS).toISOString() };
  try {
    return { endpoint, version: await ports.endpoints.replace(endpoint, found.version) };
  } catch (error) {
    if (error instanceof FenceLostError) return null;
    throw error;
  }
}

/**
 * The endpoint took a delivery: a streak of failures ends with it, and what waits for the endpoint is woken. Where others were
 * always first to write of the endpoint, that is left to the next delivery.
 */
export async function noteSuccess(ports: DeliverPorts, known: VersionedEndpoint): Promise<VersionedEndpoint> {
  const { endpoint } = known;
  const now = ports.clock.now();
  if (isNoted(endpoint, now)) return known;
  const change = (): Promise<VersionedEndpoint | null> =>
    changeEndpoint(ports, endpoint.id, (found) => {
      // Of many that succeed at once one writes it down.
      if (isNoted(found, now)) return null;
      // Paused meanwhile, by hand or for good: one late success does not undo that.
      const well = found.status === 'active' ? mended(found) : found;
      return { ...well, lastSuccessAt: now.toISOString(), lastError: null };
    });
  const rested = endpoint.failures >= FAILING_FROM || endpoint.notBefore !== null;
  const noted = await unlessBeaten(rested ? withWork(ports, endpoint.id, change) : change());
  return noted === 'beaten' ? known : (noted ?? known);
}

/** A success is written down already, and there is nothing else to write. */
const isNoted = ({ lastSuccessAt, failures, notBefore }: Endpoint, now: Date): boolean =>
  lastSuccessAt !== null &&
  now.getTime() - Date.parse(lastSuccessAt) < SUCCESS_EVERY_MS &&
  failures === 0 &&
  notBefore === null;

/** Whoever holds the claim of a feed holds it still when others were first to write of the endpoint. */
async function unlessBeaten<T>(change: Promise<T>): Promise<T | 'beaten'> {
  try {
    return await change;
  } catch (error) {
    if (error instanceof FenceLostError) return 'beaten';
    throw error;
  }
}

/**
 * The endpoint did not take a delivery. Failures that happen at once, in several workers, count as one. Paused at once where it
 * says that it is gone, and after 72 h in which it took nothing. Where others were always first to write of the endpoint, that
 * is left to the next attempt.
 */
export async function noteFailure(
  ports: DeliverPorts,
  known: VersionedEndpoint,
  refusal: Refusal,
  feed: Pick<DeliveryCursor, 'connectionId' | 'domain' | 'part'>,
): Promise<VersionedEndpoint> {
  const now = ports.clock.now();
  const own = { pause: false };
  const change = changeEndpoint(ports, known.endpoint.id, (found) => {
    const counted = found.failures === known.endpoint.failures && found.status === 'active';
    const failures = counted ? found.failures + 1 : found.failures;
    const since = found.failingSince ?? now.toISOString();
    const failedFeeds = withFeed(found, feed);
    const told = { ...found, failures, failedFeeds, failingSince: since, lastError: refusal.error };
    const pausedReason = reasonToPause(told, refusal, now);
    own.pause = pausedReason !== null;
    if (pausedReason !== null) return { ...told, status: 'paused', pausedReason, notBefore: null };
    const rests = counted || isFailing(told) !== isFailing(found);
    return rests ? { ...told, notBefore: restAfter(ports, told, refusal, now) } : told;
  });
  const changed = await unlessBeaten(change);
  if (changed === 'beaten') return known;
  if (changed === null) return { ...known, endpoint: { ...known.endpoint, deletedAt: now.toISOString() } };
  const { id, workspaceId, pausedReason } = changed.endpoint;
  if (own.pause) {
    ports.log.error('endpoints.paused', { 'endpoint.id': id, reason: pausedReason, 'error.message': refusal.error });
    await recordAct(ports, { operation: 'endpoint.paused', on: { endpointId: id }, workspaceId, code: pausedReason });
  }
  return changed;
}

function withFeed({ failedFeeds = [] }: Endpoint, feed: Parameters<typeof noteFailure>[3]): string[] {
  const { connectionId, domain, part = '' } = feed;
  return [...new Set([...failedFeeds, hash([connectionId, domain, part], 10)])].slice(0, FAILING_FROM);
}

function reasonToPause(endpoint: Endpoint, refusal: Refusal, now: Date): 'gone' | 'failing' | null {
  if (endpoint.status === 'paused') return null;
  if (refusal.gone) return 'gone';
  const since = Date.parse(endpoint.failingSince ?? now.toISOString());
  return now.getTime() - since >= GIVE_UP_MS ? 'failing' : null;
}

/** A single failure holds nobody else up, unless the endpoint asked for a rest. */
function restAfter(ports: DeliverPorts, endpoint: Endpoint, refusal: Refusal, now: Date): string | null {
  if (!isFailing(endpoint) && refusal.retryAfterMs === null) return endpoint.notBefore;
  return plus(now, waitAfter(ports.random, endpoint.failures, refusal.retryAfterMs)).toISOString();
}
