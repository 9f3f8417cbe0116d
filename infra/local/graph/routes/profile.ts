import type { GraphRoutes, MailboxContext, Reply } from '../http.ts';
import { needs } from './needs.ts';

/** `/me` and `/users/{user}` themselves. They answer for a user without a mailbox too. */
export function mountProfile(graph: GraphRoutes): void {
  graph.onMailbox('GET', '', needs.profile, profile);
}

function profile(context: MailboxContext): Reply {
  const { user, req } = context;
  const [givenName = '', ...rest] = user.displayName.split(' ');
  const all: Record<string, unknown> = {
    businessPhones: [],
    displayName: user.displayName,
    givenName,
    jobTitle: null,
    mail: user.mailbox === 'notEnabled' ? null : user.userPrincipalName,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: user.locale,
    surname: rest.join(' '),
    userPrincipalName: user.userPrincipalName,
    id: user.id,
  };
  const select = req.query
    .get('$select')
    ?.split(',')
    .map((name) => name.trim().toLowerCase());
  const chosen = Object.entries(all).filter(([name]) => select === undefined || select.includes(name.toLowerCase()));
  return {
    status: 200,
    body: { '@odata.context': `${req.origin}/v1.0/$metadata#users/$entity`, ...Object.fromEntries(chosen) },
  };
}
