import { z } from 'zod';
import type { Connection } from '../../engine/connection.ts';
import { ProblemError } from '../../errors.ts';
import { changeConnection } from '../../jobs/change-connection.ts';
import { requestSubscriptionWork } from '../../jobs/subscriptions/request.ts';
import { raiseAndSend } from '../../jobs/wake-domain.ts';
import { coverWork } from '../connect/after-connecting.ts';
import { readSettings, settingsByDomain } from '../connect/read-settings.ts';
import type { ApiPorts } from '../ports.ts';
import { invalid } from '../router/validate-request.ts';
import { unlistedIn } from './unlisted-in.ts';

export const settingsPatchSchema = z.strictObject({
  settings: settingsByDomain,
});

/** Changes settings, and sees to a round of each domain concerned, by which its streams are planned anew, and to what is watched. */
export async function changeSettings(
  ports: ApiPorts,
  standing: Connection,
  patch: z.output<typeof settingsPatchSchema>,
): Promise<Connection> {
  const { read, faults } = readSettings(ports.domains, patch.settings, standing.domains);
  if (faults.length > 0) throw invalid(faults);
  const unlisted = await unlistedIn(ports, { ...standing, settings: read });
  if (unlisted.length > 0)
    throw invalid(unlisted.map((place) => ({ path: `body.${place}`, message: 'is not in this mailbox' })));
  const rows = await coverWork(ports, standing.id, Object.keys(read));
  const changed = await changeConnection(ports, standing.id, (found) => ({
    ...found,
    settings: { ...found.settings, ...read },
    updatedAt: ports.clock.now().toISOString(),
  }));
  if (changed === null) throw new ProblemError(404, 'connection_unknown', 'There is no such connection');
  for (const row of rows) {
    const scope = { connectionId: standing.id, domain: row.kind };
    await raiseAndSend(ports, scope, { ids: null, why: 'manual', row });
  }
  // Other streams may be watched now.
  await requestSubscriptionWork(ports, standing.id);
  return changed;
}
