// The reading pane.
async function open(id) {
  view.open = id;
  showList();
  await showOpen();
}

let shown = '';
async function showOpen() {
  const pane = at('reading');
  if (view.open === undefined) {
    shown = '';
    const text = `Select ${{ mail: 'a message', contacts: 'a contact', calendar: 'an event' }[view.kind]} to see it.`;
    pane.replaceChildren(h('p', { className: 'empty' }, text));
    return;
  }
  await { mail: showOpenMail, contacts: showOpenContact, calendar: showOpenEvent }[view.kind](pane);
}

async function showOpenMail(pane) {
  let mail;
  try {
    mail = await call('GET', `/page/message?${new URLSearchParams({ upn: view.upn, id: view.open })}`);
  } catch {
    view.open = undefined;
    pane.replaceChildren(h('p', { className: 'empty' }, 'This message is gone.'));
    return;
  }
  if (mail.folder !== view.state.folder) {
    // It was moved or deleted: it is read where it is now.
    view.open = undefined;
    showMessages();
    await showOpen();
    return;
  }
  const key = `${view.upn} ${mail.id} ${mail.changeKey}`;
  if (key === shown) return;
  shown = key;
  const frame = h('iframe', { title: 'Message', srcdoc: bodyDocument(mail.body) });
  frame.setAttribute('sandbox', '');
  pane.replaceChildren(
    actions(mail),
    h('h2', { dir: 'auto' }, mail.subject.trim() === '' ? '(no subject)' : mail.subject),
    sender(mail),
    h('div', {}, tags(mail)),
    frame,
    facts(mail),
  );
}

function actions(mail) {
  const change = (patch, done) => act(() => call('PATCH', messagePath(mail.id), patch), done);
  const button = (text, onclick, className = '') => h('button', { onclick, className }, text);
  const flagged = mail.flagStatus === 'flagged';
  const move = h('select', {
    ariaLabel: 'Move to',
    onchange: () => act(() => call('POST', `${messagePath(mail.id)}/move`, { folder: move.value }), 'Moved.'),
  });
  const targets = view.state.folders.filter((folder) => folder.id !== mail.folder);
  move.append(
    h('option', { value: '', disabled: true, selected: true }, 'Move to…'),
    ...targets.map((folder) => h('option', { value: folder.id }, `${'  '.repeat(folder.depth)}${folder.displayName}`)),
  );
  const remove = (suffix, done) => act(() => call('DELETE', `${messagePath(mail.id)}${suffix}`), done);
  return h(
    'div',
    { className: 'actions' },
    button(mail.isRead ? 'Mark as unread' : 'Mark as read', () => change({ isRead: !mail.isRead })),
    button(flagged ? 'Clear flag' : 'Flag', () => change({ flag: { flagStatus: flagged ? 'notFlagged' : 'flagged' } })),
    move,
    button('Delete', () => remove('', 'Deleted.'), 'danger'),
    button('Delete for good', () => remove('?permanent=true', 'Gone for good.'), 'danger'),
  );
}

function sender(mail) {
  const name = nameOf(mail.from);
  const people = (label, list) =>
    list.length === 0
      ? undefined
      : h('div', { className: 'to', dir: 'auto' }, `${label}: ${list.map(nameOf).join('; ')}`);
  const address = mail.from === null || mail.from.address === name ? '' : ` <${mail.from.address}>`;
  return h(
    'div',
    { className: 'sender' },
    faceOf(name),
    h('div', {}, h('b', { dir: 'auto' }, name), address, people('To', mail.to), people('Cc', mail.cc)),
    h('time', {}, new Date(mail.receivedDateTime).toLocaleString()),
  );
}

function faceOf(name) {
  const face = h('span', { className: 'face' }, [...name.trim()][0]?.toUpperCase() ?? '?');
  face.style.background = FACES[[...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % FACES.length];
  return face;
}

function facts(mail) {
  const rows = [
    ['Immutable id', mail.id],
    ['Change key', mail.changeKey],
    ['Conversation', mail.conversationId],
    ['Message-ID', mail.internetMessageId ?? ''],
  ];
  return h(
    'details',
    {},
    h('summary', {}, 'Ids'),
    h(
      'dl',
      {},
      rows.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
    ),
  );
}

/** The body in a frame without script and without network. */
function bodyDocument({ contentType, content }) {
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`;
  const style =
    '<style>body{font:14px/1.55 "Segoe UI",system-ui,sans-serif;color:#1f2328;margin:14px 2px;overflow-wrap:anywhere}pre{white-space:pre-wrap;font:inherit}</style>';
  const plain = document.createElement('pre');
  plain.textContent = content;
  return `<!doctype html>${policy}${style}<div dir="auto">${contentType === 'html' ? content : plain.outerHTML}</div>`;
}

const nameOf = (person) => (person === null ? '(unknown)' : person.name || person.address || '(unknown)');

function shortTime(text) {
  const time = new Date(text);
  const now = new Date();
  if (time.toDateString() === now.toDateString())
    return time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const sameYear = time.getFullYear() === now.getFullYear();
  return time.toLocaleDateString([], { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) });
}
