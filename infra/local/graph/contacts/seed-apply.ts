import type { Origin } from '../model.ts';
import type { SeedContacts } from '../seed/contacts.ts';
import type { ContactFolder } from './folders.ts';
import type { Contact } from './model.ts';
import type { ContactStore } from './store.ts';

/** Makes the folders that are not there and puts the contacts in. A folder that is neither goes for the default one. */
export function applyContacts(store: ContactStore, seed: SeedContacts, origin: Origin): Contact[] {
  const { main } = store.folders;
  const made = new Map<string, ContactFolder>([['contacts', main]]);
  for (const { key, displayName, parent } of seed.folders) {
    const above = made.get(parent) ?? main;
    made.set(key, folderNamed(store, above, { displayName, origin }));
  }
  return seed.contacts.map(({ folder, fields }) => store.create(made.get(folder) ?? main, fields, origin));
}

/** The folder of that name, made if it is not there. */
export function folderNamed(
  store: ContactStore,
  parent: ContactFolder,
  about: { displayName: string; origin: Origin },
): ContactFolder {
  const there = store.folders.childNamed(parent.num, about.displayName);
  if (there !== undefined) return there;
  const made = store.folders.add(parent, about.displayName);
  store.noteFolder('create', made, { origin: about.origin, fields: ['displayName'] });
  return made;
}
