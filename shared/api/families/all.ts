import type { ApiPorts } from '../ports.ts';
import type { Router } from '../router/create-router.ts';
import { audit } from './audit.ts';
import { calendarFeeds } from './calendar-feeds.ts';
import { calendars } from './calendars.ts';
import { changes } from './changes.ts';
import { connectLinks } from './connect-links.ts';
import { connectionSync } from './connection-sync.ts';
import { connections } from './connections.ts';
import { contactFolders } from './contact-folders.ts';
import { contacts } from './contacts.ts';
import { deliveries } from './deliveries.ts';
import { endpoints } from './endpoints.ts';
import { events } from './events.ts';
import { folders } from './folders.ts';
import { freeBusy } from './free-busy.ts';
import { healthDetails } from './health-details.ts';
import { labels } from './labels.ts';
import { messages } from './messages.ts';
import { oauthSelect, oauthSessions } from './oauth-sessions.ts';
import { openapi } from './openapi.ts';
import { stats } from './stats.ts';

/** All families of the API by the name of the function that serves them. A test holds their routes to what the host would choose. */
export const families: Readonly<Record<string, (ports: ApiPorts) => Router>> = {
  connectLinks,
  connections,
  connectionSync,
  messages,
  labels,
  folders,
  contacts,
  contactFolders,
  calendars,
  events,
  freeBusy,
  calendarFeeds,
  oauthSessions,
  oauthSelect,
  changes,
  endpoints,
  deliveryRecords: deliveries,
  healthDetails,
  stats,
  audit,
  openapi,
};
