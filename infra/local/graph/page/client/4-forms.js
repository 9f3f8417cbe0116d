// Refreshing, and what the person presses.
let busy = false;
let turns = 0;
let lastText = '';
async function refresh(force = false) {
  if (busy && !force) return;
  busy = true;
  const turn = (turns += 1);
  try {
    await showUsers();
    if (view.upn === '') return;
    const mail = view.kind === 'mail';
    const { upn, top, search } = view;
    const looked = mail ? { folder: view.folder, top, search } : { top: 1 };
    const state = await call('GET', `/page/mailbox?${new URLSearchParams({ upn, ...looked })}`);
    if (view.kind === 'contacts') state.contacts = await loadContacts();
    if (view.kind === 'calendar') state.agenda = await loadAgenda();
    // A later one has begun meanwhile, perhaps for another folder: what this one read is old.
    if (turn !== turns) return;
    at('live').classList.remove('off');
    const text = JSON.stringify(state);
    if (text === lastText && !force) return;
    lastText = text;
    view.state = state;
    showFolders();
    showList();
    await showOpen();
  } catch {
    at('live').classList.add('off');
  } finally {
    busy = false;
  }
}

at('mailbox').onchange = () => {
  view.upn = at('mailbox').value;
  location.hash = view.upn;
  go('inbox');
};
at('search').oninput = () => {
  view.search = at('search').value;
  view.known = new Set();
  void refresh(true);
};
at('more').onclick = () => {
  view.top += STEP;
  void refresh(true);
};
at('surprise').onclick = () =>
  act(
    () => call('POST', `${userPath()}/messages`, { count: 1, seed: Date.now() % 1_000_000 }),
    'One message delivered.',
  );
at('compose').onclick = () => {
  at('recipient').textContent = view.upn;
  at('composer').returnValue = '';
  at('composer').showModal();
};
at('composer').onclose = () => {
  if (at('composer').returnValue !== 'send') return;
  const form = at('composer').querySelector('form');
  const given = Object.fromEntries(new FormData(form));
  const mail = {
    from: { name: given.name, address: given.address },
    to: [view.upn],
    subject: given.subject,
    body: given.body,
    importance: given.importance,
    categories: listed(given.categories),
  };
  form.elements.subject.value = '';
  form.elements.body.value = '';
  void act(() => call('POST', `${userPath()}/messages`, mail), 'Delivered to the inbox.');
};
at('add').onclick = () => {
  at('maker').querySelector('[name=upn]').value = '';
  at('maker').returnValue = '';
  at('maker').showModal();
};
at('maker').onclose = () => {
  if (at('maker').returnValue !== 'make') return;
  const given = Object.fromEntries(new FormData(at('maker').querySelector('form')));
  void act(async () => {
    const user = await call('POST', '/users', {
      userPrincipalName: given.upn,
      password: given.password,
      messages: Number(given.messages),
      kind: given.kind,
      contacts: Number(given.contacts),
      events: Number(given.events),
    });
    Object.assign(view, {
      upn: user.userPrincipalName,
      kind: 'mail',
      folder: 'inbox',
      top: STEP,
      open: undefined,
      known: new Set(),
    });
    usersText = '';
  }, `The mailbox is ready: ${given.upn} signs in with “${given.password}”.`);
};

view.upn = decodeURIComponent(location.hash.slice(1));
await refresh(true);
setInterval(() => void refresh(), POLL_MS);
