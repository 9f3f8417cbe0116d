import { z } from 'zod';
import { accessDenied, invalidQuery, invalidRequest, itemNotFound } from '../../errors.ts';
import { GraphError } from '../../http.ts';
import type { GraphRoutes, MailboxContext, Reply } from '../../http.ts';
import { listLink, readListToken } from '../../links.ts';
import { checkIfMatch, originOf } from '../../lookup.ts';
import { wholeNumber } from '../../query.ts';
import { guidFrom } from '../../random.ts';
import { contextUrl } from '../../routes/list-messages.ts';
import { jsonBody } from '../../routes/message-input.ts';
import { undeserializable } from '../errors.ts';
import { wordOf } from '../input-rule.ts';
import type { Calendar } from '../model.ts';
import { renderCalendar } from './calendar-view.ts';
import { calendarNeeds } from './needs.ts';
import { placeFor, placeOf, storeIn } from './place.ts';

const DEFAULT_PAGE = 10;
export const COLOURS = [
  ...(['auto', 'lightBlue', 'lightGreen', 'lightOrange', 'lightGray', 'lightYellow', 'lightTeal'] as const),
  ...(['lightPink', 'lightBrown', 'lightRed', 'maxColor'] as const),
];
const calendarBody = z.object({
  name: z.string().min(1).max(255).optional(),
  color: wordOf(COLOURS).optional(),
  hexColor: z
    .string()
    .regex(/^(#[0-9a-f]{6})?$/i)
    .optional(),
});

/** Calendars and their groups. There is no delta of them: list, and compare. */
export function mountCalendars(graph: GraphRoutes): void {
  const { read, write } = calendarNeeds;
  graph.onMailbox('GET', '/calendars', read, (context) => list(context, (calendar) => calendar.num > 0));
  graph.onMailbox('POST', '/calendars', write, create);
  for (const path of ['/calendar', '/calendars/{calendar}', '/calendarGroups/{group}/calendars/{calendar}']) {
    graph.onMailbox('GET', path, read, (context) => single(context, 200, placeOf(context).calendar));
    graph.onMailbox('PATCH', path, write, patch);
    graph.onMailbox('DELETE', path, write, remove);
    graph.onMailbox('POST', `${path}/permanentDelete`, write, remove);
  }
  graph.onMailbox('GET', '/calendarGroups', read, (context) => {
    return { status: 200, body: { '@odata.context': contextUrl(context, 'calendarGroups'), value: groupsOf(context) } };
  });
  graph.onMailbox('GET', '/calendarGroups/{group}', read, (context) => ({ status: 200, body: groupOf(context) }));
  graph.onMailbox('GET', '/calendarGroups/{group}/calendars', read, (context) => {
    const shared = groupOf(context)['name'] === OTHERS;
    return list(context, (calendar) => (calendar.shared !== undefined) === shared);
  });
}

const OTHERS = 'Other Calendars';

function groupsOf(context: MailboxContext): Record<string, unknown>[] {
  return [
    { name: 'My Calendars', classId: '0006f0b7-0000-0000-c000-000000000046' },
    { name: OTHERS, classId: '0006f0b8-0000-0000-c000-000000000046' },
  ].map((group, at) => ({
    ...group,
    changeKey: storeIn(context).mailbox.ids.changeKey(at + 1),
    id: Buffer.from(guidFrom(`${context.user.id}/group/${group.name}`)).toString('base64url'),
  }));
}

function groupOf(context: MailboxContext): Record<string, unknown> {
  const found = groupsOf(context).find((group) => group['id'] === context.req.params['group']);
  if (found === undefined) throw itemNotFound();
  return found;
}

function list(context: MailboxContext, shown: (calendar: Calendar) => boolean): Reply {
  const { req, caller, user } = context;
  // In somebody else's mailbox one sees what they opened for one.
  if (caller.user !== undefined && caller.user !== user) placeOf(context);
  const all = storeIn(context).calendars().filter(shown);
  const token = req.query.get('$skiptoken');
  const skip = token === null ? (wholeNumber(req.query, '$skip') ?? 0) : readListToken(token);
  if (skip === undefined) throw invalidQuery('The skip token is malformed.');
  const size = wholeNumber(req.query, '$top') ?? DEFAULT_PAGE;
  const visible = all.flatMap((calendar) => rendered(context, calendar) ?? []);
  const value = visible.slice(skip, skip + size);
  const more = visible.length > skip + size ? { '@odata.nextLink': listLink(req, skip + size) } : {};
  return { status: 200, body: { '@odata.context': contextUrl(context, 'calendars'), value, ...more } };
}

/** undefined for a calendar that is shared no more, or not with the caller. */
function rendered(context: MailboxContext, calendar: Calendar): Record<string, unknown> | undefined {
  try {
    return selected(context, renderCalendar(context, placeFor(context, calendar)));
  } catch (error) {
    if (error instanceof GraphError && (error.status === 404 || error.status === 403)) return undefined;
    throw error;
  }
}

function selected(context: MailboxContext, item: Record<string, unknown>): Record<string, unknown> {
  const names = context.req.query
    .get('$select')
    ?.split(',')
    .map((name) => name.trim().toLowerCase());
  if (names === undefined) return item;
  return Object.fromEntries(
    Object.entries(item).filter(([name]) => name === 'id' || names.includes(name.toLowerCase())),
  );
}

function single(context: MailboxContext, status: number, calendar: Calendar): Reply {
  const item = selected(context, renderCalendar(context, placeFor(context, calendar)));
  return { status, body: { '@odata.context': contextUrl(context, 'calendars/$entity'), ...item } };
}

function readBody(context: MailboxContext): z.infer<typeof calendarBody> {
  const parsed = calendarBody.safeParse(jsonBody(context.req));
  if (!parsed.success) throw undeserializable(parsed.error.issues[0]?.path.join('/') ?? 'the body');
  return parsed.data;
}

const nameTaken = (name: string): GraphError =>
  new GraphError(409, 'ErrorFolderExists', `A folder with the specified name already exists., ${name}`);

function create(context: MailboxContext): Reply {
  if (context.caller.user !== undefined && context.caller.user !== context.user) throw accessDenied();
  const { name, color } = readBody(context);
  if (name === undefined) throw invalidRequest('The name of the calendar is missing.');
  const store = storeIn(context);
  if (isTaken(store.calendars(), name)) throw nameTaken(name);
  const made = store.addCalendar({ name, ...(color === undefined ? {} : { color }) });
  store.mailbox.notes.record('create', () => store.calendarId(made), { origin: originOf(context), fields: ['name'] });
  return single(context, 201, made);
}

function isTaken(calendars: readonly Calendar[], name: string, but?: Calendar): boolean {
  return calendars.some((one) => one !== but && one.name.toLowerCase() === name.toLowerCase());
}

function patch(context: MailboxContext): Reply {
  const place = placeOf(context);
  if (place.role !== undefined && place.calendar.shared === undefined) throw accessDenied();
  const wanted = readBody(context);
  checkIfMatch(context, place.viewer.changeKeyOf(place.calendar));
  const all = place.viewer.calendars();
  if (wanted.name !== undefined && isTaken(all, wanted.name, place.calendar)) throw nameTaken(wanted.name);
  const given = Object.entries(wanted).filter(([, value]) => value !== undefined);
  place.viewer.changeCalendar(place.calendar, Object.fromEntries(given));
  return single(context, 200, place.calendar);
}

/** Of somebody else's calendar the own entry goes alone. */
function remove(context: MailboxContext): Reply {
  const { viewer, calendar, role } = placeOf(context);
  if (role !== undefined && calendar.shared === undefined) throw accessDenied();
  if (!calendar.isRemovable) {
    const message = 'Distinguished folders cannot be deleted.';
    throw new GraphError(400, 'ErrorDeleteDistinguishedFolder', message);
  }
  viewer.removeCalendar(calendar, originOf(context));
  viewer.mailbox.notes.record('delete', () => viewer.calendarId(calendar), { origin: originOf(context), fields: [] });
  return { status: 204 };
}
