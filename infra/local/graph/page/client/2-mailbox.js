// The mailbox picker, the folders and the list of messages.
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
  for (const id of ['compose', 'surprise', 'mailbox', 'search']) at(id).disabled = users.length === 0;
  if (users.length === 0)
    at('reading').replaceChildren(h('p', { className: 'empty' }, 'No mailbox yet. Make one with “New mailbox”.'));
}

function showFolders() {
  const rows = view.state.folders.map((folder) => {
    const here = folder.id === view.state.folder;
    const count =
      folder.unread > 0
        ? h('b', {}, folder.unread.toLocaleString())
        : h('small', {}, folder.total > 0 ? folder.total.toLocaleString() : '');
    const row = h(
      'button',
      {
        className: here ? 'here' : '',
        title: `${folder.total} messages, ${folder.unread} unread`,
        onclick: () => go(folder.id),
      },
      h('span', { dir: 'auto' }, folder.displayName),
      count,
    );
    row.style.paddingInlineStart = `${10 + folder.depth * 16}px`;
    return row;
  });
  at('folders').replaceChildren(...rows);
}

function go(folder) {
  Object.assign(view, { folder, top: STEP, open: undefined, known: new Set() });
  document.querySelector('.list').scrollTop = 0;
  void refresh(true);
}

function showMessages() {
  const { messages, total, folders, folder } = view.state;
  const current = folders.find((one) => one.id === folder);
  at('title').textContent = current?.displayName ?? 'Folder';
  at('count').textContent =
    view.search === ''
      ? `${total.toLocaleString()} messages · ${current?.unread.toLocaleString() ?? 0} unread`
      : `${total.toLocaleString()} found`;
  const first = view.known.size === 0;
  const rows = messages.map((message) => messageRow(message, !first && !view.known.has(message.id)));
  view.known = new Set(messages.map((message) => message.id));
  at('messages').replaceChildren(
    ...(rows.length > 0
      ? rows
      : [h('p', { className: 'empty' }, view.search === '' ? 'Nothing here.' : 'Nothing found.')]),
  );
  at('more').hidden = messages.length >= total;
}

function messageRow(message, fresh) {
  const outgoing =
    message.isDraft ||
    view.state.folders.some((one) => one.id === view.state.folder && one.wellKnownName === 'sentitems');
  const who = outgoing ? `To: ${message.to.map(nameOf).join('; ') || '(nobody)'}` : nameOf(message.from);
  const names = [message.isRead ? '' : 'unread', message.id === view.open ? 'here' : '', fresh ? 'fresh' : ''];
  return h(
    'li',
    {
      className: names.join(' '),
      tabIndex: 0,
      onclick: () => open(message.id),
      onkeydown: (event) => event.key === 'Enter' && open(message.id),
    },
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
  );
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
