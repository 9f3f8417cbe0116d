import type { Folder } from '../folders.ts';
import type { MailboxContext } from '../http.ts';
import type { Message } from '../model.ts';
import { bodyKind } from '../query.ts';
import type { IndexKey } from '../received-index.ts';
import { renderMessage, viewOf } from '../render.ts';
import type { Shape, View } from '../render.ts';
import { logPage } from './log-page.ts';
import type { Touched } from './log-page.ts';
import { messageOptions } from './options.ts';
import type { DeltaOptions, DeltaState } from './token.ts';
import type { DeltaSource } from './walk.ts';

/** With `$filter` a round brings no more than this. */
const FILTER_CAP = 5000;
const TYPE = '#microsoft.graph.message';

/** The messages of one folder as a delta source. */
export function messageSource(context: MailboxContext, folder: Folder): DeltaSource {
  const view = viewOf(context, bodyKind(context.req));
  return {
    scope: `messages|${context.user.id}|${folder.num}`,
    what: 'Collection(message)',
    readOptions: messageOptions,
    mark: () => {
      folder.watched = true;
      return folder.log.length;
    },
    list: (state, size) => listPage(folder, state, { size, view }),
    changes: (state, size) => changesPage(context, folder, { state, size, view }),
  };
}

function shapeOf(options: DeltaOptions): Shape {
  return { select: options.select, expand: options.expand ?? [] };
}

function entryOf(message: Message, view: View, options: DeltaOptions): Record<string, unknown> {
  return { '@odata.type': TYPE, ...renderMessage(message, view, shapeOf(options)) };
}

function listPage(
  folder: Folder,
  state: DeltaState,
  how: { size: number; view: View },
): ReturnType<DeltaSource['list']> {
  const { options } = state;
  const left = Math.min(options.top ?? Infinity, options.since === undefined ? Infinity : FILTER_CAP) - state.listed;
  const size = Math.min(how.size, left);
  const items = folder.index.items();
  let at = state.after === undefined ? 0 : folder.index.position(state.after);
  if (sameKey(items[at], state.after)) at += 1;
  const chosen = items.slice(at, at + size).filter((message) => meets(message, options));
  const last = chosen.at(-1);
  // Newest first: the first one that is too old ends the list.
  const more = chosen.length === size && at + size < items.length;
  return {
    value: chosen.map((message) => entryOf(message, how.view, options)),
    after: last === undefined ? undefined : { receivedMs: last.receivedMs, num: last.num },
    more,
    capped: more && chosen.length >= left,
  };
}

function sameKey(message: Message | undefined, key: IndexKey | undefined): boolean {
  return message !== undefined && message.num === key?.num && message.receivedMs === key.receivedMs;
}

function meets(message: Message, options: DeltaOptions): boolean {
  const { since } = options;
  if (since === undefined) return true;
  return since.open ? message.receivedMs > since.ms : message.receivedMs >= since.ms;
}

function changesPage(
  context: MailboxContext,
  folder: Folder,
  how: { state: DeltaState; size: number; view: View },
): ReturnType<DeltaSource['changes']> {
  const { state, size, view } = how;
  const { touched, at } = logPage(folder.log, { at: state.at, size, idKind: view.idKind });
  const value = touched.flatMap((item) => {
    const shown = show(context, folder, { item, state, view });
    return shown === undefined ? [] : [shown];
  });
  return { value, at };
}

function show(
  context: MailboxContext,
  folder: Folder,
  about: { item: Touched; state: DeltaState; view: View },
): Record<string, unknown> | undefined {
  const { item, state, view } = about;
  const message = context.mailbox.get(item.num);
  const here = message?.stay.folder === folder.num && (view.idKind === 'immutable' || message.stay.slot === item.slot);
  const told = wants(state.options, 'deleted');
  if (message === undefined || !here) return told ? removed(context, folder, item) : undefined;
  if (view.idKind === 'immutable' && isLost(context, message, state)) {
    const left = item.entries.some((entry) => entry.kind === 'remove');
    return left && told ? removed(context, folder, item) : undefined;
  }
  return present(context, message, about);
}

function present(
  context: MailboxContext,
  message: Message,
  about: { item: Touched; state: DeltaState; view: View },
): Record<string, unknown> | undefined {
  const { entries } = about.item;
  const { options } = about.state;
  if (!wants(options, entries.some((entry) => entry.kind === 'add') ? 'created' : 'updated')) return undefined;
  const fields = entries.flatMap((entry) => entry.fields);
  const structural = entries.some((entry) => entry.kind !== 'update');
  if (!structural && !concerns(fields, options)) return undefined;
  const thin = context.tenant.settings.thinUpdates && !structural && fields.every((field) => field === 'isRead');
  return entryOf(message, about.view, thin ? { select: ['parentFolderId', 'isRead'] } : options);
}

function wants(options: DeltaOptions, kind: 'created' | 'updated' | 'deleted'): boolean {
  return options.changeType === undefined || options.changeType === kind;
}

/** A change of nothing that `$select` names makes no entry. */
function concerns(fields: readonly string[], options: DeltaOptions): boolean {
  const { select, expand } = options;
  if (select === undefined) return true;
  const extended = (expand?.length ?? 0) > 0;
  return fields.some((field) => select.includes(field) || (extended && field === 'singleValueExtendedProperties'));
}

/** The known issue of message delta with immutable ids: an item that left and came back is not mentioned again. */
function isLost(context: MailboxContext, message: Message, state: DeltaState): boolean {
  const { arrivedAt, leftAt } = message.stay;
  if (leftAt < 0) return false;
  if (context.mailbox.lostReturns.has(message.num)) return true;
  const setting = context.tenant.settings.mutableMoveLoss;
  if (setting === false || state.start > arrivedAt) return false;
  return setting === true || leftAt >= state.start;
}

function removed(context: MailboxContext, folder: Folder, item: Touched): Record<string, unknown> {
  const { ids } = context.mailbox;
  const id = context.idKind === 'immutable' ? ids.immutable(item.num) : ids.message(folder.num, item.slot);
  return { '@odata.type': TYPE, id, '@removed': { reason: 'deleted' } };
}
