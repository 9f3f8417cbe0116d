// The mailbox picker, the folders and the list of what is in one.
let usersText = '';
async function showUsers() {
  const users = await call('GET', '/users');
  const text = JSON.stringify(users.map((user) => [user.userPrincipalName, user.displayName]));
  if (text === usersText) return;
  usersText = text;
  if (!users.some((user) => user.userPrincipalName === view.upn)) view.upn = users[0]?.userPrincipalName ?? '';
  const options = users.map((user) =>
    h('option', {
      value: user.userPrincipalName,
      textContent: `${user.displayName} · ${user.userPrincipalName}`,
      selected: user.userPrincipalName === view.upn,
    }),
  );
  at('mailbox').replaceChildren(...options);
  for (const id of ['compose', 'surprise', 'new-contact', 'new-event', 'mailbox', 'search'])
    at(id).disabled = users.length === 0;
  if (users.length === 0)
    at('reading').replaceChildren(h('p', { className: 'empty' }, 'No mailbox yet. Make one with “New mailbox”.'));
}

function showFolders() {
  const mail = view.state.folders.map((folder) =>
    folderRow(folder, {
      here: view.kind === 'mail' && folder.id === view.state.folder,
      title: `${folder.total} messages, ${folder.unread} unread`,
      onclick: () => go(folder.id),
    }),
  );
  at('folders').replaceChildren(...mail, calendarRows(), contactFolderRows());
}

function folderRow(folder, { here, title, onclick }) {
  const count =
    folder.unread > 0
      ? h('b', {}, folder.unread.toLocaleString())
      : h('small', {}, folder.total > 0 ? folder.total.toLocaleString() : '');
  const name = h('span', { dir: 'auto' }, folder.displayName);
  const row = h('button', { className: here ? 'here' : '', title, onclick }, name, count);
  row.style.paddingInlineStart = `${10 + folder.depth * 16}px`;
  return row;
}

function go(folder, kind = 'mail') {
  Object.assign(view, { folder, kind, top: STEP, open: undefined, known: new Set() });
  document.querySelector('.list').scrollTop = 0;
  void refresh(true);
}

const LISTS = { mail: showMessages, contacts: showContacts, calendar: showAgenda };
const showList = () => LISTS[view.kind]();

/** The items of the list; those that were not there before are marked as fresh. */
function showRows(items, total, rowOf) {
  const first = view.known.size === 0;
  const rows = items.map((item) => rowOf(item, !first && !view.known.has(item.id)));
  view.known = new Set(items.map((item) => item.id));
  const nothing = h('p', { className: 'empty' }, view.search === '' ? 'Nothing here.' : 'Nothing found.');
  at('messages').replaceChildren(...(rows.length > 0 ? rows.flat() : [nothing]));
  at('more').hidden = items.length >= total;
}

function itemRow(id, names, children) {
  const onkeydown = (event) => event.key === 'Enter' && open(id);
  return h('li', { className: names.join(' '), tabIndex: 0, onclick: () => open(id), onkeydown }, children);
}

function showMessages() {
  const { messages, total, folders, folder } = view.state;
  const current = folders.find((one) => one.id === folder);
  at('title').textContent = current?.displayName ?? 'Folder';
  at('count').textContent =
    view.search === ''
      ? `${total.toLocaleString()} messages · ${current?.unread.toLocaleString() ?? 0} unread`
      : `${total.toLocaleString()} found`;
  showRows(messages, total, messageRow);
}

function messageRow(message, fresh) {
  const outgoing =
    message.isDraft ||
    view.state.folders.some((one) => one.id === view.state.folder && one.wellKnownName === 'sentitems');
  const who = outgoing ? `To: ${message.to.map(nameOf).join('; ') || '(nobody)'}` : nameOf(message.from);
  const names = [message.isRead ? '' : 'unread', message.id === view.open ? 'here' : '', fresh ? 'fresh' : ''];
  return itemRow(message.id, names, [
    h(
      'div',
      { className: 'top' },
      h('span', { className: 'who', dir: 'auto' }, who),
      ...marks(message),
      h('time', {}, shortTime(message.receivedDateTime)),
    ),
    h('div', { className: 'subject', dir: 'auto' }, message.subject.trim() === '' ? '(no subject)' : message.subject),
    h('div', { className: 'preview', dir: 'auto' }, message.preview),
    tags(message),
  ]);
}

function marks(message) {
  const mark = (show, text, title, hot = false) =>
    show ? [h('span', { className: hot ? 'mark hot' : 'mark', title }, text)] : [];
  return [
    ...mark(message.isDraft, '[Draft]', 'Draft', true),
    ...mark(message.importance === 'high', '!', 'High importance', true),
    ...mark(message.importance === 'low', '↓', 'Low importance'),
    ...mark(message.hasAttachments, '📎', 'Has attachments'),
    ...mark(message.flagStatus === 'flagged', '⚑', 'Flagged', true),
    ...mark(message.flagStatus === 'complete', '✓', 'Completed'),
  ];
}

function tags(message) {
  const tint = (name) => CATEGORY_TINTS[name.split(' ')[0].toLowerCase()] ?? '';
  return message.categories.map((name) => h('span', { className: `tag ${tint(name)}` }, name));
}
