import { z } from 'zod';
import type { GraphRoutes, MailboxContext, Reply } from '../../http.ts';
import { jsonBody } from '../../routes/message-input.ts';
import { needs } from '../../routes/needs.ts';
import { undeserializable, zoneNotSupported } from '../errors.ts';
import { findZone, ianaZones, windowsZones } from '../time/zones.ts';
import { storeIn } from './place.ts';

const NAME = 'supportedTimeZones';
const settingsBody = z.object({ timeZone: z.string().optional() });

/** The time zones of the service, and the mailbox's own. */
export function mountZones(graph: GraphRoutes): void {
  const { profile, settings } = needs;
  const list = (names: readonly string[]): Reply => ({
    status: 200,
    body: { value: names.map((alias) => ({ alias, displayName: alias })) },
  });
  const windows = (): Reply => list(windowsZones().map((zone) => zone.windows));
  const iana = (): Reply => list(ianaZones());
  graph.onMailbox('GET', `/outlook/${NAME}`, profile, windows);
  for (const standard of ["'", "microsoft.graph.timeZoneStandard'"]) {
    graph.onMailbox('GET', `/outlook/${NAME}(TimeZoneStandard=${standard}Windows')`, profile, windows);
    graph.onMailbox('GET', `/outlook/${NAME}(TimeZoneStandard=${standard}Iana')`, profile, iana);
  }
  graph.onMailbox('PATCH', '/mailboxSettings', settings.write, changeZone);
}

function changeZone(context: MailboxContext): Reply {
  const parsed = settingsBody.safeParse(jsonBody(context.req));
  if (!parsed.success) throw undeserializable('timeZone');
  const { timeZone } = parsed.data;
  const store = storeIn(context);
  const zone = timeZone === undefined ? store.zone : findZone(timeZone);
  if (zone === undefined) throw zoneNotSupported(timeZone ?? '');
  store.zone = zone;
  return { status: 200, body: { timeZone: zone.name } };
}
