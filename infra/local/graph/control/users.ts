import { z } from 'zod';
import { seedCalendar } from '../calendar/seed/apply.ts';
import { findZone } from '../calendar/time/zones.ts';
import { worldOf } from '../calendar/world.ts';
import { giveContacts } from '../contacts/control.ts';
import { ControlError } from '../http.ts';
import type { Site } from '../http.ts';
import { applySeed } from '../seed-apply.ts';
import { seedMailbox } from '../seed/mailbox.ts';
import type { Tenant, User } from '../tenant.ts';
import { readJson, userFrom } from './input.ts';

const newUser = z.strictObject({
  userPrincipalName: z.string().regex(/^[^\s@/]+@[^\s@/]+$/),
  displayName: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  locale: z.string().min(2).optional(),
  kind: z.enum(['work', 'personal']).optional(),
  messages: z.number().int().min(0).max(1_000_000).default(0),
  folders: z.number().int().min(0).max(5000).optional(),
  contacts: z.number().int().min(0).max(100_000).default(0),
  events: z.number().int().min(0).max(100_000).default(0),
  /** Whose calendar the user works in as a delegate. */
  delegated: z.string().optional(),
  timeZone: z
    .string()
    .refine((name) => findZone(name) !== undefined, 'is no time zone')
    .optional(),
  seed: z.number().int().optional(),
});

const userPatch = z.strictObject({
  displayName: z.string().min(1).optional(),
  enabled: z.boolean().optional(),
  password: z.string().min(1).optional(),
  locale: z.string().min(2).optional(),
  mailbox: z.enum(['ok', 'notEnabled', 'moving']).optional(),
  consent: z.enum(['granted', 'withdrawn', 'adminRequired']).optional(),
  mfa: z.boolean().optional(),
});

export function mountUsers({ control, tenant }: Site): void {
  control.on('GET', '/control/users', () => ({ status: 200, body: tenant.users() }));
  control.on('POST', '/control/users', (req) => ({ status: 201, body: addUser(tenant, readJson(req, newUser)) }));
  control.on('GET', '/control/users/{upn}', (req) => ({
    status: 200,
    body: userFrom(tenant, req.params['upn'] ?? ''),
  }));
  control.on('PATCH', '/control/users/{upn}', (req) => {
    const user = userFrom(tenant, req.params['upn'] ?? '');
    const patch = Object.entries(readJson(req, userPatch)).filter(([, value]) => value !== undefined);
    Object.assign(user, Object.fromEntries(patch));
    return { status: 200, body: user };
  });
}

/** A user with lifelike contacts, half a year of events, and mail, newest now and backwards from there. */
function addUser(tenant: Tenant, input: z.infer<typeof newUser>): User {
  if (tenant.user(input.userPrincipalName) !== undefined) throw new ControlError(409, 'there is such a user already');
  const user = tenant.addUser(input);
  if (input.contacts > 0)
    giveContacts(tenant.mailbox(user), { count: input.contacts, seed: input.seed ?? tenant.seed });
  giveCalendar(tenant, user, input);
  if (input.messages === 0 && input.folders === undefined) return user;
  const seed = seedMailbox({
    count: input.messages,
    seed: input.seed ?? tenant.seed,
    owner: { name: user.displayName, address: user.userPrincipalName },
    now: tenant.clock.now(),
    locale: user.locale,
    ...(input.folders === undefined ? {} : { folders: input.folders }),
  });
  applySeed(tenant.mailbox(user), seed, { by: 'seed' });
  return user;
}

function giveCalendar(tenant: Tenant, user: User, input: z.infer<typeof newUser>): void {
  const { events: count, delegated, timeZone, seed = tenant.seed } = input;
  const world = worldOf(tenant);
  const store = world.of(user);
  store.zone = findZone(timeZone ?? '') ?? store.zone;
  if (count > 0) seedCalendar(world, store, { count, seed, delegated, origin: { by: 'seed' } });
}
