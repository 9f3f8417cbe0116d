// Calendars: the agenda of one, one event, and the form for it.
function calendarRows() {
  const rows = view.state.calendars.map((calendar) =>
    folderRow(calendar, {
      here: view.kind === 'calendar' && calendar.id === view.state.agenda?.folder,
      title: `${calendar.total} events, a series counted once${calendar.shared ? '; somebody else shares it' : ''}`,
      onclick: () => go(calendar.id, 'calendar'),
    }),
  );
  return h('div', { id: 'calendars' }, h('h2', {}, 'Calendars'), rows);
}

async function loadAgenda() {
  const { upn, folder, top, search } = view;
  return call('GET', `/page/calendar?${new URLSearchParams({ upn, folder, top, search })}`);
}

function showAgenda() {
  const { events, total, folder, timeZone } = view.state.agenda;
  const calendar = view.state.calendars.find((one) => one.id === folder);
  at('title').textContent = `${calendar?.displayName ?? 'Calendar'}${calendar?.shared ? ' (shared)' : ''}`;
  at('count').textContent = view.search === '' ? `${total.toLocaleString()} ahead · ${timeZone}` : `${total} found`;
  let day = '';
  showRows(events, total, (event, fresh) => {
    const heading = event.start.slice(0, 10) === day ? [] : [h('li', { className: 'day' }, dayName(event.start))];
    day = event.start.slice(0, 10);
    return [...heading, eventRow(event, fresh)];
  });
}

/** As an agenda calls a day: today and tomorrow by these words, in a week's time with the year where it is another. */
function dayName(text) {
  const shown = (date) => date.toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' });
  const date = new Date(`${text.slice(0, 10)}T12:00:00`);
  const after = Math.round((date - new Date().setHours(12, 0, 0, 0)) / 86_400_000);
  const word = { '-1': 'Yesterday', 0: 'Today', 1: 'Tomorrow' }[after];
  const year = date.getFullYear() === new Date().getFullYear() ? '' : ` ${date.getFullYear()}`;
  return `${word === undefined ? '' : `${word}, `}${shown(date)}${year}`;
}

const dayText = (text) =>
  new Date(`${text.slice(0, 10)}T12:00:00`).toLocaleDateString([], {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
  });

/** The last day of an all-day event: its end is exclusive. */
const lastDay = (event) =>
  new Date(Date.parse(`${event.end.slice(0, 10)}T12:00:00Z`) - 86_400_000).toISOString().slice(0, 10);

function clockText(event) {
  if (!event.isAllDay) return `${event.start.slice(11)}–${event.end.slice(11)}`;
  return lastDay(event) > event.start ? `all day, to ${dayText(lastDay(event))}` : 'all day';
}

function eventRow(event, fresh) {
  const names = [event.id === view.open ? 'here' : '', fresh ? 'fresh' : '', event.isCancelled ? 'off' : ''];
  const mark = (show, text, title) => (show ? [h('span', { className: 'mark', title }, text)] : []);
  return itemRow(event.id, names, [
    h(
      'div',
      { className: 'top' },
      h('span', { className: 'who', dir: 'auto' }, event.subject.trim() === '' ? '(no subject)' : event.subject),
      ...mark(
        event.type !== 'singleInstance',
        '↻',
        event.type === 'exception' ? 'Changed within its series' : 'Series',
      ),
      ...mark(event.isOnline, 'Teams', 'Online meeting'),
      h('time', {}, clockText(event)),
    ),
    h('div', { className: 'preview', dir: 'auto' }, event.place),
    tags(event),
  ]);
}

async function showOpenEvent(pane) {
  let event;
  try {
    event = await call('GET', `/page/event?${new URLSearchParams({ upn: view.upn, id: view.open })}`);
  } catch {
    view.open = undefined;
    pane.replaceChildren(h('p', { className: 'empty' }, 'This event is gone.'));
    return;
  }
  const key = `${view.upn} ${event.id} ${event.changeKey}`;
  if (key === shown) return;
  shown = key;
  const frame = h('iframe', { title: 'Event', srcdoc: bodyDocument(event.body) });
  frame.setAttribute('sandbox', '');
  pane.replaceChildren(
    eventActions(event),
    h('h2', { dir: 'auto' }, event.subject.trim() === '' ? '(no subject)' : event.subject),
    h('div', {}, tags(event)),
    rowsOf(eventRows(event)),
    frame,
    h('details', {}, h('summary', {}, 'Ids'), rowsOf(eventIds(event))),
  );
}

function eventRows(event) {
  const { recurrence, attendees } = event;
  return [
    ['When', `${dayText(event.start)}, ${clockText(event)} (${event.timeZone})`],
    ['Repeats', recurrence === null ? '' : `${recurrence.pattern.type}, every ${recurrence.pattern.interval}`],
    ['Where', event.place],
    ['Join', event.joinUrl && h('a', { href: event.joinUrl, target: '_blank', rel: 'noreferrer' }, event.joinUrl)],
    ['Organizer', event.organizer === null ? '' : nameOf(event.organizer)],
    ['Attendees', attendees.map((one) => `${nameOf(one)} (${one.response})`).join('; ')],
    ['Answer', event.isOrganizer ? '' : event.response],
    ['Shows as', event.showAs],
  ];
}

const eventIds = (event) => [
  ['Immutable id', event.id],
  ['Series', event.seriesMasterId],
  ['Change key', event.changeKey],
  ['Made in', event.originalStartTimeZone],
];

const eventPath = (id) => `${userPath()}/events/${encodeURIComponent(id)}`;

function eventActions(event) {
  const button = (text, onclick, className = '') => h('button', { onclick, className }, text);
  const answer = (name, text) =>
    button(text, () => act(() => call('POST', `${eventPath(event.id)}/${name}`, {}), 'Answered.'));
  const remove = (id, text) => button(text, () => act(() => call('DELETE', eventPath(id)), 'Deleted.'), 'danger');
  const asked = !event.isOrganizer && !event.isCancelled;
  return h(
    'div',
    { className: 'actions' },
    asked ? [answer('accept', 'Accept'), answer('tentativelyAccept', 'Tentative'), answer('decline', 'Decline')] : [],
    button(event.seriesMasterId === null ? 'Edit' : 'Edit this one', () => askEvent(event)),
    event.seriesMasterId === null ? [] : [button('Edit the series', () => askSeries(event.seriesMasterId))],
    moveEvent(event),
    remove(event.id, event.seriesMasterId === null ? 'Delete' : 'Delete this one'),
    event.seriesMasterId === null ? [] : [remove(event.seriesMasterId, 'Delete the series')],
  );
}

/** Into another calendar of one's own: an event that is no part of a series. */
function moveEvent(event) {
  const own = view.state.calendars.filter((one) => !one.shared);
  const targets = own.filter((one) => one.id !== event.folder);
  const fixed = event.seriesMasterId !== null || !own.some((one) => one.id === event.folder);
  if (fixed || targets.length === 0) return [];
  const move = h('select', {
    ariaLabel: 'Move to',
    onchange: () => act(() => call('POST', `${eventPath(event.id)}/move`, { calendar: move.value }), 'Moved.'),
  });
  move.append(
    h('option', { value: '', disabled: true, selected: true }, 'Move to…'),
    ...targets.map((one) => h('option', { value: one.id }, one.displayName)),
  );
  return [move];
}

const askSeries = (id) =>
  act(async () => askEvent(await call('GET', `/page/event?${new URLSearchParams({ upn: view.upn, id })}`)));

let editing;
/** The form: for a new event tomorrow at ten, or filled for one that is there. */
function askEvent(event) {
  editing = event;
  const form = at('event').querySelector('form');
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const given = {
    subject: event?.subject ?? '',
    start: event === undefined ? `${tomorrow}T10:00` : event.start.padEnd(16, 'T00:00'),
    end: event === undefined ? `${tomorrow}T10:30` : event.end.padEnd(16, 'T00:00'),
    place: event?.place ?? '',
    people: event?.attendees.map((one) => one.address).join(', ') ?? '',
    repeat: '',
  };
  for (const [name, value] of Object.entries(given)) form.elements[name].value = value;
  form.elements.isAllDay.checked = event?.isAllDay ?? false;
  form.elements.online.checked = event?.isOnline ?? false;
  for (const name of ['repeat', 'online']) form.elements[name].disabled = event !== undefined;
  at('event').returnValue = '';
  at('event').showModal();
}

const WEEK = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const patternsFrom = (date) => ({
  daily: { type: 'daily', interval: 1 },
  weekly: { type: 'weekly', interval: 1, daysOfWeek: [WEEK[new Date(`${date}T12:00:00Z`).getUTCDay()]] },
  monthly: { type: 'absoluteMonthly', interval: 1, dayOfMonth: Number(date.slice(8)) },
});

function eventMembers(given) {
  const isAllDay = given.isAllDay === 'on';
  const { timeZone } = view.state.agenda ?? view.state;
  const time = (text) => ({ dateTime: isAllDay ? text.slice(0, 10) : text, timeZone });
  const startDate = given.start.slice(0, 10);
  const pattern = patternsFrom(startDate)[given.repeat];
  return {
    subject: given.subject,
    start: time(given.start),
    end: time(given.end),
    isAllDay,
    location: given.place === '' ? null : { displayName: given.place },
    attendees: listed(given.people).map((address) => ({ emailAddress: { address } })),
    ...(given.online === 'on' ? { isOnlineMeeting: true } : {}),
    ...(pattern === undefined ? {} : { recurrence: { pattern, range: { type: 'noEnd', startDate } } }),
  };
}

at('new-event').onclick = () => askEvent(undefined);
at('event').onclose = () => {
  if (at('event').returnValue !== 'save') return;
  const members = eventMembers(Object.fromEntries(new FormData(at('event').querySelector('form'))));
  const calendar = view.kind === 'calendar' ? view.state.agenda.folder : undefined;
  const wanted = calendar === undefined ? members : { ...members, calendar };
  void act(
    () =>
      editing === undefined
        ? call('POST', `${userPath()}/events`, wanted)
        : call('PATCH', eventPath(editing.id), members),
    'Saved.',
  );
};
