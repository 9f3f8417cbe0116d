// Contacts: the list of a contact folder, one contact, and the form for it.
function contactFolderRows() {
  const rows = view.state.contactFolders.map((folder) =>
    folderRow(folder, {
      here: view.kind === 'contacts' && folder.id === view.state.contacts?.folder,
      title: `${folder.total} contacts`,
      onclick: () => go(folder.id, 'contacts'),
    }),
  );
  return h('div', { id: 'contact-folders' }, h('h2', {}, 'Contacts'), rows);
}

async function loadContacts() {
  const { upn, folder, top, search } = view;
  return call('GET', `/page/contacts?${new URLSearchParams({ upn, folder, top, search })}`);
}

function showContacts() {
  const { contacts, total, folder } = view.state.contacts;
  at('title').textContent = view.state.contactFolders.find((one) => one.id === folder)?.displayName ?? 'Contacts';
  at('count').textContent = view.search === '' ? `${total.toLocaleString()} contacts` : `${total} found`;
  showRows(contacts, total, (contact, fresh) =>
    itemRow(
      contact.id,
      [contact.id === view.open ? 'here' : '', fresh ? 'fresh' : ''],
      [
        h(
          'div',
          { className: 'top' },
          h('span', { className: 'who', dir: 'auto' }, contact.displayName || '(no name)'),
        ),
        h(
          'div',
          { className: 'preview', dir: 'auto' },
          [contact.companyName, contact.email].filter(Boolean).join(' · '),
        ),
        tags(contact),
      ],
    ),
  );
}

async function showOpenContact(pane) {
  let contact;
  try {
    contact = await call('GET', `/page/contact?${new URLSearchParams({ upn: view.upn, id: view.open })}`);
  } catch {
    view.open = undefined;
    pane.replaceChildren(h('p', { className: 'empty' }, 'This contact is gone.'));
    return;
  }
  if (contact.folder !== view.state.contacts?.folder) {
    view.open = undefined;
    showContacts();
    await showOpen();
    return;
  }
  const key = `${view.upn} ${contact.id} ${contact.changeKey}`;
  if (key === shown) return;
  shown = key;
  const face = contact.photo
    ? h('img', { className: 'face', alt: '', src: `data:image/jpeg;base64,${contact.photo}` })
    : faceOf(contact.displayName);
  pane.replaceChildren(
    contactActions(contact),
    h('div', { className: 'sender' }, face, h('h2', { dir: 'auto' }, contact.displayName || '(no name)')),
    h('div', {}, tags(contact)),
    rowsOf(contactRows(contact)),
    h('details', {}, h('summary', {}, 'Ids'), rowsOf(contactIds(contact))),
  );
}

const rowsOf = (rows) =>
  h(
    'dl',
    {},
    rows.flatMap(([name, value]) => (value ? [h('dt', {}, name), h('dd', { dir: 'auto' }, value)] : [])),
  );

function contactRows(contact) {
  const where = (address) =>
    [address.street, address.postalCode, address.city, address.state, address.countryOrRegion]
      .filter(Boolean)
      .join(', ');
  return [
    ...contact.emailAddresses.map((one) => ['E-mail', one.address]),
    ['Mobile', contact.mobilePhone],
    ...contact.businessPhones.map((number) => ['Business', number]),
    ...contact.homePhones.map((number) => ['Home', number]),
    ['Company', [contact.companyName, contact.department].filter(Boolean).join(', ')],
    ['Job', contact.jobTitle],
    ['Business address', where(contact.businessAddress)],
    ['Home address', where(contact.homeAddress)],
    ['Other address', where(contact.otherAddress)],
    ['Birthday', contact.birthday],
    ['Notes', contact.personalNotes],
  ];
}

const contactIds = (contact) => [
  ['Immutable id', contact.id],
  ['Change key', contact.changeKey],
  ...contact.extended.map((one) => [one.id, one.value]),
];

const contactPath = (id) => `${userPath()}/contacts/${encodeURIComponent(id)}`;

function contactActions(contact) {
  const move = h('select', {
    ariaLabel: 'Move to',
    onchange: () => act(() => call('POST', `${contactPath(contact.id)}/move`, { folder: move.value }), 'Moved.'),
  });
  const targets = view.state.contactFolders.filter((folder) => folder.id !== contact.folder);
  move.append(
    h('option', { value: '', disabled: true, selected: true }, 'Move to…'),
    ...targets.map((folder) => h('option', { value: folder.id }, `${'  '.repeat(folder.depth)}${folder.displayName}`)),
  );
  return h(
    'div',
    { className: 'actions' },
    h('button', { onclick: () => askContact(contact) }, 'Edit'),
    move,
    h(
      'button',
      { className: 'danger', onclick: () => act(() => call('DELETE', contactPath(contact.id)), 'Deleted.') },
      'Delete',
    ),
  );
}

let asked;
/** The form: empty for a new contact, filled for one that is there. */
function askContact(contact) {
  asked = contact;
  const form = at('person').querySelector('form');
  const given = {
    givenName: contact?.givenName ?? '',
    surname: contact?.surname ?? '',
    companyName: contact?.companyName ?? '',
    emails: contact?.emailAddresses.map((one) => one.address).join(', ') ?? '',
    phones: contact?.businessPhones.join(', ') ?? '',
    mobilePhone: contact?.mobilePhone ?? '',
    categories: contact?.categories.join(', ') ?? '',
    personalNotes: contact?.personalNotes ?? '',
  };
  for (const [name, value] of Object.entries(given)) form.elements[name].value = value;
  at('person').returnValue = '';
  at('person').showModal();
}

at('new-contact').onclick = () => askContact(undefined);
at('person').onclose = () => {
  if (at('person').returnValue !== 'save') return;
  const { emails, phones, categories, ...texts } = Object.fromEntries(new FormData(at('person').querySelector('form')));
  const before = new Map(asked?.emailAddresses.map((one) => [one.address, one]));
  const members = {
    ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text === '' ? null : text])),
    emailAddresses: listed(emails).map((address) => before.get(address) ?? { address }),
    businessPhones: listed(phones),
    categories: listed(categories),
  };
  void act(
    () =>
      asked === undefined
        ? call('POST', `${userPath()}/contacts`, {
            ...members,
            folder: view.kind === 'contacts' ? view.folder : 'contacts',
          })
        : call('PATCH', contactPath(asked.id), members),
    'Saved.',
  );
};
