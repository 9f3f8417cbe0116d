import { contactQuery, type ContactFilters } from '../../domains/contacts/queries.ts';
import type { EngineRecord } from '../../engine/model.ts';
import { readStanding } from '../../engine/standing.ts';
import { ProblemError } from '../../errors.ts';
import * as routes from '../contacts/routes.ts';
import { demandFolder, openContacts, openForWrite } from '../contacts/open-contacts.ts';
import { readPhoto } from '../contacts/read-photo.ts';
import { contactView, type ContactView } from '../contacts/schemas.ts';
import { showContact } from '../contacts/show.ts';
import { deleteContact, patchContact, postContact, undoMerge } from '../contacts/write-contacts.ts';
import { answering } from '../idempotency/answering.ts';
import { readList } from '../read-list.ts';
import { fromCursor, toCursor } from '../paging.ts';
import type { ApiPorts, RegisteredDomain } from '../ports.ts';
import { createRouter, type Router } from '../router/create-router.ts';

/** A photo may be kept by the browser that it was read for, for so long. */
const PHOTO_MAX_AGE_SECONDS = 300;

/** `/connections/{id}/contacts` and all below it. */
export function contacts(ports: ApiPorts): Router {
  return createRouter(ports)
    .openapi(routes.listContacts, async (context) => {
      const { id } = context.req.valid('param');
      const { limit, cursor, ...filters } = context.req.valid('query');
      const opened = await openContacts(ports, context.get('key'), id);
      await demandFolder(ports, opened, filters.folder);
      const name = ['contacts', id, JSON.stringify(Object.entries(filters).toSorted())];
      const plan = contactQuery(toFilters(filters), opened.notes);
      const page = await readList(ports, opened.scope, plan, { limit, after: fromCursor(name, cursor) });
      const items = page.items.map((item) => contactView.parse(item));
      return context.json({ items, nextCursor: toCursor(name, page.next) }, 200);
    })
    .openapi(routes.readContact, async (context) => {
      const { id, contactId } = context.req.valid('param');
      const opened = await openContacts(ports, context.get('key'), id);
      return context.json(showContact(opened.notes, await read(ports, id, contactId)), 200);
    })
    .openapi(routes.createContact, async (context) => {
      const opened = await openForWrite(ports, context.get('key'), context.req.valid('param').id);
      const show = (record: EngineRecord): ContactView => showContact(opened.notes, record);
      const target = { domain: domainOf(ports), contacts: opened };
      const { record, born } = await postContact(ports, target, context.req.valid('json'), (isBorn) =>
        answering(context, () => (isBorn() ? 201 : 200), show),
      );
      return born ? context.json(show(record), 201) : context.json(show(record), 200);
    })
    .openapi(routes.patchContact, async (context) => {
      const { id, contactId } = context.req.valid('param');
      const opened = await openForWrite(ports, context.get('key'), id);
      const show = (record: EngineRecord): ContactView => showContact(opened.notes, record);
      const request = { contactId, patch: context.req.valid('json'), ...answering(context, 200, show) };
      const record = await patchContact(ports, { domain: domainOf(ports), contacts: opened }, request);
      if (record === null) throw unknown();
      return context.json(show(record), 200);
    })
    .openapi(routes.deleteContact, async (context) => {
      const { id, contactId } = context.req.valid('param');
      const opened = await openForWrite(ports, context.get('key'), id);
      const request = { contactId, ...answering(context, 204, null) };
      const record = await deleteContact(ports, { domain: domainOf(ports), contacts: opened }, request);
      if (record === null) throw unknown();
      return context.body(null, 204);
    })
    .openapi(routes.undoContact, async (context) => {
      const { id, contactId } = context.req.valid('param');
      const opened = await openForWrite(ports, context.get('key'), id);
      const show = (record: EngineRecord): ContactView => showContact(opened.notes, record);
      const request = { contactId, ...answering(context, 200, show) };
      const record = await undoMerge(ports, { domain: domainOf(ports), contacts: opened }, request);
      if (record === null) throw unknown();
      return context.json(show(record), 200);
    })
    .openapi(routes.readContactPhoto, async (context) => {
      const { id, contactId } = context.req.valid('param');
      const opened = await openContacts(ports, context.get('key'), id);
      const { graphId } = await read(ports, id, contactId);
      const { type, bytes } = await readPhoto(ports, opened.connection, graphId);
      return context.body(bytes, 200, {
        'content-type': type,
        'cache-control': `private, max-age=${PHOTO_MAX_AGE_SECONDS}`,
      });
    });
}

function domainOf(ports: ApiPorts): RegisteredDomain['domain'] {
  const registered = ports.domains['contacts'];
  if (registered === undefined) throw new ProblemError(404, 'domain_unknown', 'This service syncs no contacts');
  return registered.domain;
}

type Given = { readonly [F in keyof ContactFilters]: string | undefined };

const toFilters = ({ folder, email, phone, q }: Given): ContactFilters => ({
  ...(folder === undefined ? {} : { folder }),
  ...(email === undefined ? {} : { email }),
  ...(phone === undefined ? {} : { phone }),
  ...(q === undefined ? {} : { q }),
});

async function read(ports: ApiPorts, connectionId: string, id: string): Promise<EngineRecord> {
  const record = await readStanding(ports.store, { connectionId, domain: 'contacts' }, id);
  if (record?.kind !== 'contact') throw unknown();
  return record;
}

const unknown = (): ProblemError => new ProblemError(404, 'contact_unknown', 'There is no such contact');
