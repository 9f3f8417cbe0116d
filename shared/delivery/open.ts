import type { LookupFunction } from 'node:net';
import type { DeliveryAnswer, DeliveryTargets, DeliveryTransport, OutgoingDelivery } from '../engine/delivery-ports.ts';
import type { SecretRef } from '../engine/connection.ts';
import type { SecretStore } from '../engine/directory-ports.ts';
import { liveSecrets, readRing } from '../engine/signing-keys.ts';
import { readRetryAfter } from '../lib/retry-after.ts';
import { faultOf, faultOfStatus, isBroken, type DeliveryFault } from './failure.ts';
import { targetFault } from './target.ts';

/** From the first byte sent to the last one that counts. */
const DEADLINE_MS = 10_000;

export interface DeliveryParts {
  readonly allowPrivate: boolean;
  readonly secrets: Pick<SecretStore, 'read'>;
  /** What finds the addresses of a name; the system's by default. */
  readonly lookup?: LookupFunction;
  /** Certificates that are trusted besides the usual ones. */
  readonly ca?: string;
  readonly deadlineMs?: number;
}

/** What sends deliveries. Its libraries are loaded with the first one that is sent. */
export function openDelivery(parts: DeliveryParts): DeliveryTransport & DeliveryTargets {
  let loaded: Promise<Wire> | undefined;
  const load = (): Promise<Wire> => {
    loaded ??= openWire(parts).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
  return {
    send: (delivery) => send(parts, load, delivery),
    targetFault: (url) => targetFault(url, parts.allowPrivate),
  };
}

type Wire = Awaited<ReturnType<typeof openWire>>;

async function openWire({ allowPrivate, lookup, ca }: DeliveryParts) {
  const [{ openAgents }, { post }, { signedHeaders }] = await Promise.all([
    import('./agents.ts'),
    import('./post.ts'),
    import('./signing.ts'),
  ]);
  const agents = openAgents({
    allowPrivate,
    ...(lookup === undefined ? {} : { lookup }),
    ...(ca === undefined ? {} : { ca }),
  });
  return { agents, post, signedHeaders };
}

async function send(
  parts: DeliveryParts,
  load: () => Promise<Wire>,
  { endpoint, id, at, body }: OutgoingDelivery,
): Promise<DeliveryAnswer> {
  // Judged anew: the setting may have changed since the endpoint was made.
  const bad = targetFault(endpoint.url, parts.allowPrivate);
  if (bad !== null) return refused({ code: 'address_refused', words: `the URL ${bad}` }, 0);
  const secrets = await readSecrets(parts, endpoint.secret, at);
  if (secrets.length === 0) return refused({ code: 'secret_missing', words: 'its signing secret is gone' }, 0);
  const wire = await load();
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'outlook-sync-webhooks/1',
    ...wire.signedHeaders(secrets, { id, at, body }),
  };
  const started = performance.now();
  const passed = (): number => Math.round(performance.now() - started);
  const signal = AbortSignal.timeout(parts.deadlineMs ?? DEADLINE_MS);
  const request = { url: new URL(endpoint.url), headers, body, signal };
  try {
    const { status, retryAfter } = await wire.post(wire.agents, request).catch((error: unknown) => {
      // Its name is the same: a receiver that got it after all drops the repeat.
      if (isBroken(error) && !signal.aborted) return wire.post(wire.agents, request);
      throw error;
    });
    if (status >= 200 && status < 300) return { outcome: 'delivered', status, ms: passed() };
    const asked = status === 429 || status === 503 ? readRetryAfter(retryAfter, at) : null;
    return { ...refused(faultOfStatus(status), passed()), status, retryAfterMs: asked, gone: status === 410 };
  } catch (error) {
    return refused(signal.aborted ? tooLate(parts) : faultOf(error), passed());
  }
}

/** Throws StorageError where the vault fails: that is no fault of the endpoint. */
async function readSecrets({ secrets }: DeliveryParts, ref: SecretRef, at: Date): Promise<string[]> {
  const text = await secrets.read(ref);
  const ring = text === null ? null : readRing(text);
  return ring === null ? [] : liveSecrets(ring, at);
}

const tooLate = ({ deadlineMs = DEADLINE_MS }: DeliveryParts): DeliveryFault => ({
  code: 'timeout',
  words: `no answer within ${deadlineMs / 1000} s`,
});

const refused = ({ code, words }: DeliveryFault, ms: number): Extract<DeliveryAnswer, { outcome: 'refused' }> => ({
  outcome: 'refused',
  status: null,
  error: `${code}: ${words}`,
  ms,
  retryAfterMs: null,
  gone: false,
});
