import type { ApiKey } from '../../config.ts';
import type { Endpoint } from '../../engine/delivery-ports.ts';
import { MOST_KEYS, newRing, newSecret, readRing, ringText, rotated, type KeyRing } from '../../engine/signing-keys.ts';
import { FenceLostError, ProblemError } from '../../errors.ts';
import { changeEndpoint } from '../../jobs/deliveries/endpoint-work.ts';
import { plus } from '../../lib/clock.ts';
import type { ApiPorts } from '../ports.ts';
import { findEndpoint, unknownEndpoint } from './find-endpoint.ts';

const HOUR_MS = 3_600_000;
const TRIES = 5;

/**
 * A new signing secret, beside which the former ones go on for the overlap: each delivery carries a signature of each. The
 * vault has the new version before the row names it, so that a crash leaves the former secrets as they were.
 * 409 where too many would be good at once; FenceLostError where other rotations were always first.
 */
export async function rotateSecret(
  ports: ApiPorts,
  key: ApiKey,
  id: string,
  overlapHours: number,
): Promise<{ readonly id: string; readonly secret: string; readonly previousUntil: string }> {
  const secret = newSecret(ports.random);
  const overlapMs = overlapHours * HOUR_MS;
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const { endpoint } = await findEndpoint(ports, key, id);
    const now = ports.clock.now();
    const ring = await ringOf(ports, endpoint);
    // What was lost signs nothing any more: the new one stands alone.
    const next = ring === null ? newRing(secret) : rotated(ring, secret, now, overlapMs);
    if (next.keys.length > MOST_KEYS) throw tooMany();
    const ref = await ports.secrets.update(endpoint.secret, ringText(next));
    const stands = await changeEndpoint(ports, id, (row) =>
      row.secret.version === endpoint.secret.version ? { ...row, secret: ref } : null,
    );
    if (stands === null) throw unknownEndpoint();
    if (stands.endpoint.secret.version === ref.version)
      return { id, secret, previousUntil: plus(now, overlapMs).toISOString() };
  }
  throw new FenceLostError('Other rotations of this secret were first');
}

async function ringOf(ports: Pick<ApiPorts, 'secrets'>, { secret }: Endpoint): Promise<KeyRing | null> {
  const text = await ports.secrets.read(secret);
  return text === null ? null : readRing(text);
}

const tooMany = (): ProblemError =>
  new ProblemError(
    409,
    'too_many_secrets',
    `${MOST_KEYS} secrets are good at once: wait until one has ended, or rotate with overlapHours 0, which ends all but the new one`,
  );
