import type { z } from 'zod';

/** A cloud of Microsoft's: where its people sign in, where its Graph is, and for whom its managed identities prove themselves. */
interface Cloud {
  readonly name: string;
  readonly authorities: readonly string[];
  readonly graphs: readonly string[];
  readonly exchangeAudience: string;
}

const publicCloud: Cloud = {
  name: 'the public cloud',
  authorities: ['https://login.microsoftonline.com'],
  graphs: ['https://graph.microsoft.com'],
  exchangeAudience: 'api://AzureADTokenExchange',
};

const clouds: readonly Cloud[] = [
  publicCloud,
  {
    name: 'the cloud of the US government',
    authorities: ['https://login.microsoftonline.us'],
    graphs: ['https://graph.microsoft.us', 'https://dod-graph.microsoft.us'],
    exchangeAudience: 'api://AzureADTokenExchangeUSGov',
  },
  {
    name: 'the cloud in China',
    authorities: ['https://login.partner.microsoftonline.cn', 'https://login.chinacloudapi.cn'],
    graphs: ['https://microsoftgraph.chinacloudapi.cn'],
    exchangeAudience: 'api://AzureADTokenExchangeChina',
  },
];

export const PUBLIC_AUTHORITY = 'https://login.microsoftonline.com';

const cloudAt = (authorityHost: string): Cloud | undefined =>
  clouds.find(({ authorities }) => authorities.includes(authorityHost));

/** Whether the sign-in there is one of Microsoft's own, which msal knows without asking. */
export const isMicrosofts = (authorityHost: string): boolean => cloudAt(authorityHost) !== undefined;

/** The audience of a managed identity's token that proves an application to this sign-in. */
export const exchangeAudience = (authorityHost: string): string =>
  (cloudAt(authorityHost) ?? publicCloud).exchangeAudience;

interface Addresses {
  readonly MICROSOFT_AUTHORITY_HOST?: string | undefined;
  readonly GRAPH_BASE_URL?: string | undefined;
}

/** A fault where sign-in and Graph are of two clouds: neither takes what the other gives. Addresses that nobody knows may be anything. */
export function oneCloud(given: Addresses, context: z.core.$RefinementCtx<Addresses>): void {
  const { MICROSOFT_AUTHORITY_HOST: authority = '', GRAPH_BASE_URL: graph = '' } = given;
  const there = cloudAt(authority);
  const here = clouds.find(({ graphs }) => graphs.includes(graph));
  if (there === undefined || here === undefined || there === here) return;
  const message = `is of ${here.name}, and MICROSOFT_AUTHORITY_HOST of ${there.name}: set both (${there.graphs.join(' or ')})`;
  context.addIssue({ code: 'custom', path: ['GRAPH_BASE_URL'], message });
}
