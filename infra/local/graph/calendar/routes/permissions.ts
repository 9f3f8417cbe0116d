import { z } from 'zod';
import { accessDenied, invalidRequest, itemNotFound } from '../../errors.ts';
import type { GraphRoutes, MailboxContext, Reply } from '../../http.ts';
import { contextUrl } from '../../routes/list-messages.ts';
import { jsonBody } from '../../routes/message-input.ts';
import { undeserializable } from '../errors.ts';
import { wordOf } from '../input-rule.ts';
import type { Permission } from '../model.ts';
import { share, unshare } from '../sharing.ts';
import { calendarNeeds } from './needs.ts';
import { placeOf } from './place.ts';
import type { CalendarPlace } from './place.ts';

export const ROLES = [
  ...(['none', 'freeBusyRead', 'limitedRead', 'read', 'write'] as const),
  ...(['delegateWithoutPrivateEventAccess', 'delegateWithPrivateEventAccess', 'custom'] as const),
];
const permissionBody = z.object({
  emailAddress: z.object({ name: z.string().nullish(), address: z.string().min(1) }).optional(),
  role: wordOf(ROLES).optional(),
});

/** `calendarPermissions` of the own calendars. */
export function mountPermissions(graph: GraphRoutes): void {
  const { read, write } = calendarNeeds;
  for (const prefix of ['/calendar', '/calendars/{calendar}']) {
    const path = `${prefix}/calendarPermissions`;
    graph.onMailbox('GET', path, read, (context) => {
      const value = ownPlace(context).there.permissions.map(render);
      return { status: 200, body: { '@odata.context': contextUrl(context, 'calendarPermissions'), value } };
    });
    graph.onMailbox('POST', path, write, create);
    graph.onMailbox('GET', `${path}/{permission}`, read, (context) => ({ status: 200, body: render(found(context)) }));
    graph.onMailbox('PATCH', `${path}/{permission}`, write, (context) => {
      const permission = found(context);
      const { role } = readBody(context);
      if (role !== undefined) permission.role = role;
      return { status: 200, body: render(permission) };
    });
    graph.onMailbox('DELETE', `${path}/{permission}`, write, (context) => {
      const permission = found(context);
      if (permission.address === undefined)
        throw invalidRequest('The permission of the organization cannot be removed.');
      unshare(ownPlace(context).there, permission);
      return { status: 204 };
    });
  }
}

function ownPlace(context: MailboxContext): CalendarPlace {
  const place = placeOf(context);
  if (place.role !== undefined) throw accessDenied();
  return place;
}

function found(context: MailboxContext): Permission {
  const { permissions } = ownPlace(context).there;
  const permission = permissions.find((one) => one.id === context.req.params['permission']);
  if (permission === undefined) throw itemNotFound();
  return permission;
}

function readBody(context: MailboxContext): z.infer<typeof permissionBody> {
  const parsed = permissionBody.safeParse(jsonBody(context.req));
  if (!parsed.success) throw undeserializable(parsed.error.issues[0]?.path.join('/') ?? 'the body');
  return parsed.data;
}

function create(context: MailboxContext): Reply {
  const { world, home, there } = ownPlace(context);
  const { emailAddress, role } = readBody(context);
  if (emailAddress === undefined || role === undefined) throw invalidRequest('The address or the role is missing.');
  const { address } = emailAddress;
  const name = emailAddress.name ?? world.tenant.user(address)?.displayName ?? address;
  return { status: 201, body: render(share(world, { home, calendar: there }, { address, name, role }).permission) };
}

function render({ id, address, name, role }: Permission): Record<string, unknown> {
  const everybody = address === undefined;
  return {
    id,
    isRemovable: !everybody,
    isInsideOrganization: true,
    role,
    allowedRoles: everybody ? ['none', 'freeBusyRead', 'limitedRead', 'read', 'write'] : ROLES,
    emailAddress: everybody ? { name } : { name, address },
  };
}
