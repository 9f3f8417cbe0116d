import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { worldOf } from '../calendar/world.ts';
import { contactFolderFrom, contactFrom } from '../contacts/control.ts';
import { folderFrom, messageFrom, userFrom } from '../control/input.ts';
import type { Reply, Req, Site } from '../http.ts';
import type { Mailbox } from '../mailbox.ts';
import type { Tenant } from '../tenant.ts';
import { agenda, calendarLines, eventView } from './calendar-view.ts';
import { contactFolderLines, contactLines, contactView } from './contacts-view.ts';
import { folderLines, mailView, messageLines } from './view.ts';

const MOST_LINES = 500;
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; frame-src 'self'; base-uri 'none'",
};

/**
 * `GET /control/`: a page on which a person looks into a mailbox and works in it, as its owner would in Outlook. It is
 * one HTML document, and does what it does by the control API; routes of its own give it only what it shows.
 */
export function mountPage({ control, tenant }: Site): void {
  const html = document();
  control.on('GET', '/control', () => ({ status: 302, headers: { location: '/control/' } }));
  control.on('GET', '/control/', () => ({ status: 200, headers: HEADERS, body: html }));
  control.on('GET', '/control/page/mailbox', (req) => mailboxState(tenant, req));
  control.on('GET', '/control/page/message', (req) => {
    const mailbox = mailboxOf(tenant, req);
    return { status: 200, body: mailView(mailbox, messageFrom(mailbox, req.query.get('id') ?? '')) };
  });
  control.on('GET', '/control/page/calendar', (req) => calendarState(tenant, req));
  control.on('GET', '/control/page/event', (req) => {
    const store = worldOf(tenant).of(userFrom(tenant, req.query.get('upn') ?? ''));
    return { status: 200, body: eventView(worldOf(tenant), store, req.query.get('id') ?? '') };
  });
  control.on('GET', '/control/page/contacts', (req) => contactsState(tenant, req));
  control.on('GET', '/control/page/contact', (req) => {
    const mailbox = mailboxOf(tenant, req);
    return { status: 200, body: contactView(mailbox.contacts, contactFrom(mailbox, req.query.get('id') ?? '')) };
  });
}

/** The folders of mail and contacts, and the calendars, with their counts, and the newest messages of one: `?upn=&folder=&top=&search=`. */
function mailboxState(tenant: Tenant, req: Req): Reply {
  const mailbox = mailboxOf(tenant, req);
  const world = worldOf(tenant);
  const store = world.of(userFrom(tenant, req.query.get('upn') ?? ''));
  const folder = folderFrom(mailbox, req.query.get('folder') ?? 'inbox');
  return {
    status: 200,
    body: {
      folder: mailbox.ids.folder(folder.num),
      folders: folderLines(mailbox),
      contactFolders: contactFolderLines(mailbox.contacts),
      calendars: calendarLines(world, store),
      timeZone: store.zone.name,
      ...messageLines(mailbox, folder, windowOf(req)),
    },
  };
}

/** The contacts of one folder: `?upn=&folder=&top=&search=`. */
function contactsState(tenant: Tenant, req: Req): Reply {
  const mailbox = mailboxOf(tenant, req);
  const folder = contactFolderFrom(mailbox, req.query.get('folder') ?? 'contacts');
  const lines = contactLines(mailbox.contacts, folder, windowOf(req));
  return { status: 200, body: { folder: mailbox.contacts.folderId(folder.num), ...lines } };
}

/** What stands in one calendar from yesterday on: `?upn=&folder=&top=&search=`. */
function calendarState(tenant: Tenant, req: Req): Reply {
  const world = worldOf(tenant);
  const store = world.of(userFrom(tenant, req.query.get('upn') ?? ''));
  return { status: 200, body: agenda(world, store, { id: req.query.get('folder') ?? '', ...windowOf(req) }) };
}

/** How much of a folder is looked at. */
function windowOf(req: Req): { top: number; search: string } {
  const wanted = Number(req.query.get('top') ?? 60);
  const top = Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, MOST_LINES) : 60;
  return { top, search: (req.query.get('search') ?? '').trim().toLowerCase() };
}

function mailboxOf(tenant: Tenant, req: Req): Mailbox {
  return tenant.mailbox(userFrom(tenant, req.query.get('upn') ?? ''));
}

/** Style and script stand in files of their own, put together by name, and go out inside the page. */
function document(): string {
  const folder = join(import.meta.dirname, 'client');
  const names = readdirSync(folder).sort();
  const all = (ending: string): string =>
    names
      .filter((name) => name.endsWith(ending))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
  return all('.html')
    .replace('<!-- style -->', () => `<style>${all('.css')}</style>`)
    .replace('<!-- script -->', () => `<script type="module">${all('.js')}</script>`);
}
