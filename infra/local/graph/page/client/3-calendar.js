// Calendars: the agenda of one, one event, and the form for it.
function calendarRows() {
  const rows = view.state.calendars.map((calendar) =>
    folderRow(calendar, {
      here: view.kind === 'calendar' && calendar.id === view.state.agenda?.folder,
      title: `${calendar.total} events, a series counted once`,
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
  at('title').textContent = view.state.calendars.find((one) => one.id === folder)?.displayName ?? 'Calendar';
  at('count').textContent = view.search === '' ? `${total.toLocaleString()} ahead · ${timeZone}` : `${total} found`;
  showRows(events, total, eventRow);
}

const dayText = (text) =>
  new Date(`${text.slice(0, 10)}T12:00:00`).toLocaleDateString([], {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
  });
const clockText = (event) => (event.isAllDay ? 'all day' : `${event.start.slice(11)}–${event.end.slice(11)}`);

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
      ...mark(event.isOnline, '▣', 'Online meeting'),
      h('time', {}, dayText(event.start)),
    ),
    h('div', { className: 'preview', dir: 'auto' }, [clockText(event), event.place].filter(Boolean).join(' · ')),
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
    ['Join', event.joinUrl],
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
    button('Edit', () => askEvent(event)),
    remove(event.id, event.seriesMasterId === null ? 'Delete' : 'Delete this one'),
    event.seriesMasterId === null ? [] : [remove(event.seriesMasterId, 'Delete the series')],
  );
}

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
