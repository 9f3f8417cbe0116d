import type { SecretPlace } from '../engine/connection.ts';
import { codeOf } from '../errors.ts';
import type { JobPorts } from './ports.ts';

type LoosePorts = Pick<JobPorts, 'lookups' | 'clock'>;

/** Secrets that may be in a vault without a row that names them stand here, in one partition: they are few. */
const KIND = 'loose-secret';
const ALL = 'all';
/** Longer than any worker runs that is about to name the secret in a row, or to remove it. */
const GRACE_MS = 3_600_000;
/** A vault that answers late must not take all the time there is: the rest is looked at the next time (P12). */
const BUDGET_MS = 2 * 60_000;
/** A vault that is gone for good is not asked for ever: the grants in it have died by then. */
const LONGEST_MS = 90 * 24 * 3_600_000;

/**
 * Notes that a secret may soon be in a vault while no row names it: before it is created, and before the row that names it
 * names another. Housekeeping looks at it after an hour and removes it, unless its owner's row (a connection's or an
 * endpoint's) names it then. Answers what `settleLoose` takes.
 */
export async function noteLoose(ports: LoosePorts, ownerId: string, place: SecretPlace): Promise<string> {
  const { vault, name } = place;
  const note = [ports.clock.now().toISOString(), ownerId, name, vault].join(' ');
  await ports.lookups.add(KIND, ALL, note);
  return note;
}

/** The secret is named by its row, or gone. A failure is only logged: housekeeping looks once more than it had to. */
export async function settleLoose(ports: LoosePorts & Pick<JobPorts, 'log'>, note: string): Promise<void> {
  try {
    await ports.lookups.remove(KIND, ALL, note);
  } catch (error) {
    ports.log.warn('secret.note_left', { 'error.code': codeOf(error) });
  }
}

/** Removes secrets that no row names. One that cannot be removed now is left for the next time. */
export async function removeLoose(
  ports: LoosePorts & Pick<JobPorts, 'connections' | 'endpoints' | 'secrets' | 'log'>,
): Promise<void> {
  const now = ports.clock.now().getTime();
  for (const note of await ports.lookups.find(KIND, ALL)) {
    if (ports.clock.now().getTime() > now + BUDGET_MS) return;
    const [since = '', ownerId = '', name = '', vault = ''] = note.split(' ');
    const age = now - Date.parse(since);
    if (age < GRACE_MS) continue;
    try {
      const inUse = (await namedBy(ports, ownerId)).includes(name);
      if (!inUse && age < LONGEST_MS) await ports.secrets.remove({ vault, name });
      await ports.lookups.remove(KIND, ALL, note);
      ports.log.info('secret.loose', { 'owner.id': ownerId, vault, removed: !inUse });
    } catch (error) {
      ports.log.warn('secret.not_removed', { vault, 'error.code': codeOf(error) });
    }
  }
}

/** Names of secrets that the rows of an owner hold: a connection, or an endpoint of deliveries. */
async function namedBy(ports: Pick<JobPorts, 'connections' | 'endpoints'>, ownerId: string): Promise<string[]> {
  const connection = (await ports.connections.read(ownerId))?.connection.secret?.name;
  const endpoint = (await ports.endpoints.read(ownerId))?.endpoint.secret.name;
  return [connection, endpoint].flatMap((name) => name ?? []);
}
