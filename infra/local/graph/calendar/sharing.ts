import { guidFrom } from '../random.ts';
import type { User } from '../tenant.ts';
import type { Calendar, Permission, Role } from './model.ts';
import type { CalendarStore } from './store.ts';
import type { CalendarWorld } from './world.ts';

/** Opens a calendar for somebody. One of this tenant gets an entry in their own list, as if they had accepted at once. */
export function share(
  world: CalendarWorld,
  { home, calendar }: { home: CalendarStore; calendar: Calendar },
  given: { address: string; name: string; role: Role },
): { permission: Permission; entry: Calendar | undefined } {
  const key = given.address.toLowerCase();
  const known = calendar.permissions.find((one) => one.address?.toLowerCase() === key);
  const id = Buffer.from(guidFrom(`${home.ownerId}/${calendar.num}/${key}`)).toString('base64url');
  const permission = known ?? { id, address: given.address, name: given.name, role: given.role };
  permission.role = given.role;
  if (known === undefined) calendar.permissions.push(permission);
  const user = world.tenant.user(given.address);
  return { permission, entry: user === undefined ? undefined : entryOf(world, user, { home, calendar }) };
}

function entryOf(
  world: CalendarWorld,
  user: User,
  { home, calendar }: { home: CalendarStore; calendar: Calendar },
): Calendar {
  const store = world.of(user);
  const there = store
    .calendars()
    .find(({ shared }) => shared?.ownerId === home.ownerId && shared.calendar === calendar.num);
  const { displayName } = home.mailbox.owner;
  const name = calendar.isDefault ? displayName : `${displayName} - ${calendar.name}`;
  return there ?? store.addCalendar({ name, shared: { ownerId: home.ownerId, calendar: calendar.num } });
}

/** Takes a permission back. What the other had in their list finds nothing from then on. */
export function unshare(calendar: Calendar, permission: Permission): void {
  const at = calendar.permissions.indexOf(permission);
  if (at >= 0) calendar.permissions.splice(at, 1);
}
