import { z } from 'zod';
import { readJson } from '../../control/input.ts';
import { ControlError } from '../../http.ts';
import type { Req, Site } from '../../http.ts';
import type { Origin } from '../../model.ts';
import { wordOf } from '../input-rule.ts';
import { COLOURS } from '../routes/calendars.ts';
import { ROLES } from '../routes/permissions.ts';
import { share, unshare } from '../sharing.ts';
import type { CalendarStore } from '../store.ts';
import { findZone } from '../time/zones.ts';
import { worldOf } from '../world.ts';
import { calendarFrom, storeFrom } from './place.ts';
import { calendarTruth } from './snapshot.ts';

const ORIGIN: Origin = { by: 'control' };
const newCalendar = z.strictObject({ name: z.string().min(1), color: wordOf(COLOURS).optional() });
const calendarPatch = z.strictObject({
  name: z.string().min(1).optional(),
  color: wordOf(COLOURS).optional(),
});
const sharing = z.strictObject({ with: z.string().min(1), role: wordOf(ROLES).default('read') });

/** `/control/users/{upn}/calendars`, `.../share`, `.../unshare`, and the mailbox's time zone. A calendar goes by its id or name. */
export function mountControlCalendars({ control, tenant }: Site): void {
  const path = '/control/users/{upn}/calendars';
  const found = (req: Req): [CalendarStore, ReturnType<typeof calendarFrom>] => {
    const store = storeFrom(tenant, req);
    return [store, calendarFrom(store, req.params['calendar'])];
  };
  control.on('POST', path, (req) => {
    const store = storeFrom(tenant, req);
    const { name, color } = readJson(req, newCalendar);
    const made = store.addCalendar({ name, ...(color === undefined ? {} : { color }) });
    return { status: 201, body: calendarTruth(tenant, store, made) };
  });
  control.on('PATCH', `${path}/{calendar}`, (req) => {
    const [store, calendar] = found(req);
    const patch = Object.entries(readJson(req, calendarPatch)).filter(([, value]) => value !== undefined);
    store.changeCalendar(calendar, Object.fromEntries(patch));
    return { status: 200, body: calendarTruth(tenant, store, calendar) };
  });
  control.on('DELETE', `${path}/{calendar}`, (req) => {
    const [store, calendar] = found(req);
    store.removeCalendar(calendar, ORIGIN);
    return { status: 204 };
  });
  control.on('POST', `${path}/{calendar}/share`, (req) => {
    const [home, calendar] = found(req);
    const { with: address, role } = readJson(req, sharing);
    const name = tenant.user(address)?.displayName ?? address;
    const { permission, entry } = share(worldOf(tenant), { home, calendar }, { address, name, role });
    const other = worldOf(tenant).at(address);
    const id = entry === undefined || other === undefined ? null : other.calendarId(entry);
    return { status: 201, body: { permission, calendarId: id } };
  });
  control.on('POST', `${path}/{calendar}/unshare`, (req) => {
    const [, calendar] = found(req);
    const { with: address } = readJson(req, sharing);
    const permission = calendar.permissions.find((one) => one.address?.toLowerCase() === address.toLowerCase());
    if (permission === undefined) throw new ControlError(404, `it is not shared with ${address}`);
    unshare(calendar, permission);
    return { status: 204 };
  });
  control.on('PATCH', '/control/users/{upn}/timeZone', (req) => {
    const { timeZone } = readJson(req, z.strictObject({ timeZone: z.string() }));
    const zone = findZone(timeZone);
    if (zone === undefined) throw new ControlError(400, `no time zone ${timeZone}`);
    storeFrom(tenant, req).zone = zone;
    return { status: 200, body: { timeZone: zone.name } };
  });
}
