import { z } from 'zod';
import { ProblemError, type RequestFault } from '../../errors.ts';
import { plus } from '../../lib/clock.ts';
import type { ApiPorts, DomainRegistry } from '../ports.ts';
import { sees } from '../router/authenticate.ts';
import { invalid } from '../router/validate-request.ts';
import type { ApiKey } from '../../config.ts';
import { readSettings, settingsByDomain } from './read-settings.ts';
import { isAllowedReturnUrl } from './return-url.ts';
import { LINK_LIFE_MS, ticketHash, type Link } from './tickets.ts';

const opaqueId = z.string().min(1).max(200);
const domainNames = z.array(z.string().min(1).max(40)).min(1).max(10);

/** What an application asks a connect link for. Ids are its own, opaque here. */
export const linkRequestSchema = z.strictObject({
  userId: opaqueId,
  workspaceId: opaqueId.nullish(),
  domains: domainNames,
  settings: settingsByDomain.optional(),
  returnUrl: z.url().max(2_000).nullish(),
  loginHint: z.string().min(1).max(320).nullish(),
});
export type LinkRequest = z.output<typeof linkRequestSchema>;

/**
 * Makes a link that a user follows to connect an account: good for 15 minutes, and for one connection.
 * Only a hash of it is stored. 400 lists unknown domains, wrong settings and a return address that is not allowed.
 */
export async function createLink(
  ports: Pick<ApiPorts, 'tickets' | 'clock' | 'random' | 'config' | 'domains'>,
  key: ApiKey,
  request: LinkRequest,
): Promise<{ url: string; expiresAt: string }> {
  const workspaceId = request.workspaceId ?? null;
  if (!sees(key, workspaceId)) throw new ProblemError(403, 'key_confined', 'The key may not connect in this workspace');
  const settings = readSettings(ports.domains, request.settings ?? {}, request.domains);
  const returnUrl = request.returnUrl ?? null;
  const faults = [...unknownDomains(ports.domains, request.domains), ...settings.faults];
  if (returnUrl !== null && !isAllowedReturnUrl(returnUrl, ports.config.returnUrls))
    faults.push({ path: 'body.returnUrl', message: 'is not allowed by RETURN_URL_ALLOWLIST' });
  if (faults.length > 0) throw invalid(faults);

  const token = ports.random.token(32);
  const expiresAt = plus(ports.clock.now(), LINK_LIFE_MS).toISOString();
  const payload = {
    userId: request.userId,
    workspaceId,
    domains: [...new Set(request.domains)],
    settings: settings.read,
    returnUrl,
    loginHint: request.loginHint ?? null,
  } satisfies Link;
  await ports.tickets.put(ticketHash('link', token), { purpose: 'link', payload, expiresAt, usedAt: null });
  return { url: `${ports.config.publicBaseUrl}/api/oauth/microsoft/login?link=${token}`, expiresAt };
}

function unknownDomains(registry: DomainRegistry, names: readonly string[]): RequestFault[] {
  const known = Object.keys(registry).join(', ');
  return names.flatMap((name, index) =>
    Object.hasOwn(registry, name) ? [] : [{ path: `body.domains.${index}`, message: `is not a domain here: ${known}` }],
  );
}
