import { logPage } from '../delta/log-page.ts';
import type { Touched } from '../delta/log-page.ts';
import type { DeltaOptions, DeltaState } from '../delta/token.ts';
import type { DeltaSource } from '../delta/walk.ts';
import { invalidQuery } from '../errors.ts';
import type { MailboxContext } from '../http.ts';
import type { ContactFolder } from './folders.ts';
import { viewOf } from './list.ts';
import type { Contact } from './model.ts';
import { parseContactSelect, renderContact } from './render.ts';

const TYPE = '#microsoft.graph.contact';
const REFUSED = ['$orderby', '$filter', '$expand', '$search', '$top', '$skip', '$count'];

/** The contacts of one folder as a delta source. */
export function contactSource(context: MailboxContext, folder: ContactFolder): DeltaSource {
  return {
    scope: `contacts|${context.user.id}|${folder.num}`,
    what: 'Collection(contact)',
    readOptions,
    mark: () => folder.log.length,
    list: (state, size) => {
      const from = state.after?.num ?? 0;
      const left = context.mailbox.contacts.in(folder).filter((contact) => contact.num > from);
      const page = left.slice(0, size);
      const last = page.at(-1);
      return {
        value: page.map((contact) => entryOf(context, contact, state.options)),
        after: last === undefined ? undefined : { receivedMs: 0, num: last.num },
        more: left.length > page.length,
        capped: false,
      };
    },
    changes: (state, size) => {
      const { touched, at } = logPage(folder.log, { at: state.at, size, idKind: context.idKind });
      return { value: touched.flatMap((item) => shown(context, folder, { item, state })), at };
    },
  };
}

/** `$select` and nothing else; the live service's text names it among the refused ones all the same. */
function readOptions(query: URLSearchParams): DeltaOptions {
  if (REFUSED.some((name) => query.has(name))) {
    throw invalidQuery(
      "The following parameters are not supported with change tracking over the 'Contacts' resource: '$orderby, $filter, $select, $expand, $search, $top'.",
    );
  }
  const select = parseContactSelect(query.get('$select'));
  return select === undefined ? {} : { select };
}

function entryOf(context: MailboxContext, contact: Contact, { select }: DeltaOptions): Record<string, unknown> {
  return { '@odata.type': TYPE, ...renderContact(contact, viewOf(context), { select, expand: [] }) };
}

function shown(
  context: MailboxContext,
  folder: ContactFolder,
  { item, state }: { item: Touched; state: DeltaState },
): Record<string, unknown>[] {
  const { contacts, ids } = context.mailbox;
  const contact = contacts.get(item.num);
  const immutable = context.idKind === 'immutable';
  const here = contact?.stay.folder === folder.num && (immutable || contact.stay.slot === item.slot);
  if (contact === undefined || !here) {
    const id = immutable ? ids.immutable(item.num) : ids.message(folder.num, item.slot);
    return [{ '@odata.type': TYPE, id, '@removed': { reason: 'deleted' } }];
  }
  const { select } = state.options;
  const structural = item.entries.some((entry) => entry.kind !== 'update');
  const fields = item.entries.flatMap((entry) => entry.fields);
  // A change of nothing that `$select` names makes no entry.
  const concerns = structural || select === undefined || fields.some((field) => select.includes(field));
  return concerns ? [entryOf(context, contact, state.options)] : [];
}
