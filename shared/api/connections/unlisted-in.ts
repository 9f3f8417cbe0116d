import type { Connection } from '../../engine/connection.ts';
import { mapLimit } from '../../lib/map-limit.ts';
import type { ApiPorts } from '../ports.ts';

/** Domains asked at once. */
const PARALLEL = 4;

/** Places in the settings that name what the mailbox does not list: `settings.mail.folders.0`. */
export async function unlistedIn(
  { domains, store }: Pick<ApiPorts, 'domains' | 'store'>,
  { id, settings }: Pick<Connection, 'id' | 'settings'>,
): Promise<string[]> {
  const found = await mapLimit(Object.entries(settings), PARALLEL, async ([domain, set]) => {
    const registered = Object.hasOwn(domains, domain) ? domains[domain] : undefined;
    const places = (await registered?.unlisted?.(store, id, set)) ?? [];
    return places.map((place) => `settings.${domain}.${place}`);
  });
  return found.flat();
}
