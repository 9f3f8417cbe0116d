import { z } from 'zod';
import type { Faults } from '../faults.ts';
import { faultRule } from '../faults.ts';
import { ControlError } from '../http.ts';
import type { Req, Reply, Site } from '../http.ts';
import type { RequestLog } from '../request-log.ts';
import { applySettings, settingsPatch } from '../settings.ts';
import type { Tenant } from '../tenant.ts';
import { readJson, userFrom } from './input.ts';

export interface ServerParts {
  faults: Faults;
  requests: RequestLog;
}

const newToken = z.strictObject({
  upn: z.string().optional(),
  clientId: z.string().optional(),
  scopes: z.array(z.string()).default(['User.Read', 'Mail.ReadWrite', 'Mail.Send', 'MailboxSettings.ReadWrite']),
  roles: z.array(z.string()).optional(),
  seconds: z.number().min(1).default(3600),
});

/** Faults, settings, the clock, tokens, and the log of requests. */
export function mountServerState(site: Site, { faults, requests }: ServerParts): void {
  const { control, tenant } = site;
  control.on('POST', '/control/faults', (req) => addFault(tenant, faults, req));
  control.on('GET', '/control/faults', () => ({ status: 200, body: faults.list() }));
  control.on('DELETE', '/control/faults', () => {
    faults.clear();
    for (const user of tenant.users()) tenant.mailbox(user).lostReturns.clear();
    return { status: 204 };
  });
  control.on('GET', '/control/settings', () => ({ status: 200, body: tenant.settings }));
  control.on('PATCH', '/control/settings', (req) => {
    applySettings(tenant.settings, readJson(req, settingsPatch));
    return { status: 200, body: tenant.settings };
  });
  control.on('GET', '/control/clock', () => ({ status: 200, body: { now: tenant.clock.now().toISOString() } }));
  control.on('POST', '/control/clock', (req) => {
    tenant.clock.advance(readJson(req, z.strictObject({ advanceSeconds: z.number() })).advanceSeconds);
    return { status: 200, body: { now: tenant.clock.now().toISOString() } };
  });
  control.on('POST', '/control/tokens', (req) => ({ status: 201, body: issueToken(tenant, req) }));
  control.on('POST', '/control/tokens/evict', (req) => {
    const { upn } = readJson(req, z.strictObject({ upn: z.string().optional() }));
    const users = upn === undefined ? tenant.users() : [userFrom(tenant, upn)];
    for (const user of users) tenant.mailbox(user).syncGeneration += 1;
    return { status: 204 };
  });
  control.on('GET', '/control/requests', (req) => {
    const since = Number(req.query.get('since') ?? 0);
    if (!Number.isInteger(since)) throw new ControlError(400, 'since must be a whole number');
    return { status: 200, body: requests.since(since) };
  });
  control.on('DELETE', '/control/requests', () => {
    requests.clear();
    return { status: 204 };
  });
  control.on('GET', '/control/stats', () => ({
    status: 200,
    body: { requests: requests.total, maxInFlight: requests.maxInFlight() },
  }));
}

function addFault(tenant: Tenant, faults: Faults, req: Req): Reply {
  const rule = readJson(req, faultRule);
  if (rule.action.kind === 'lose-item') loseItem(tenant, rule.action.id);
  return { status: 201, body: { id: faults.add(rule) } };
}

/** The item is known by its id alone, so it is looked for in every mailbox. */
function loseItem(tenant: Tenant, id: string): void {
  for (const user of tenant.users()) {
    const mailbox = tenant.mailbox(user);
    const message = mailbox.message(id);
    if (typeof message === 'object') {
      mailbox.lostReturns.add(message.num);
      return;
    }
  }
  throw new ControlError(404, `no message ${id}`);
}

/** An access token without the way over the sign-in pages; without `upn` an app-only one. */
function issueToken(tenant: Tenant, req: Req): { accessToken: string } {
  const { upn, clientId, scopes, roles, seconds } = readJson(req, newToken);
  const app = clientId === undefined ? tenant.apps()[0] : tenant.app(clientId);
  if (app === undefined) throw new ControlError(404, 'no such app registration');
  const caller =
    upn === undefined
      ? { app, scopes: [], roles: roles ?? app.roles }
      : { app, user: userFrom(tenant, upn), scopes, roles: [] };
  return { accessToken: tenant.bearer.issue(caller, seconds) };
}
