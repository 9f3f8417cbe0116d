import type { App } from '../../../shared/app.ts';
import { z } from 'zod';
import {
  byId,
  lists,
  patchOf,
  patchOfEntries,
  shownContact,
  singles,
  tenantPatchOf,
  valueOf,
  type List,
  type ShownContact,
  type Single,
} from './fields.ts';
import { expectedItem, standing } from './outlook.ts';
import type { Parties } from './parties.ts';
import type { Edits } from './side.ts';
import { Values } from './values.ts';

const born = z.object({ id: z.string() });
/** Fields that the API takes by themselves, whatever else the contact holds. */
const alone = ['displayName', 'givenName', 'jobTitle', 'notes', 'birthday'] as const;
/** What people write: of a part of a name that is written alone Outlook would make a new display name. */
const theirSingles = ['displayName', 'jobTitle', 'notes', 'birthday', 'mobile', 'city'] as const;
/** Contacts that are met more often than others. */
const HOT = 10;

type Act = (app: App) => Promise<void>;

/** Draws edits of contacts by both sides and does them, each with a value that no other has. */
export class ContactEdits implements Edits {
  readonly #parties: Parties;
  /** As each side sees it: the tenant's by Graph's ids, the application's by ours. */
  #theirs = new Map<string, ShownContact>();
  #ours = new Map<string, ShownContact>();
  #touched: string[] = [];
  readonly #values: Values;

  constructor(parties: Parties) {
    this.#parties = parties;
    this.#values = new Values(parties.random);
  }

  /** How many edits were done so far. */
  get count(): number {
    return this.#values.count;
  }

  /** Graph ids that notifications would name since the last call. */
  takeTouched(): string[] {
    return this.#touched.splice(0);
  }

  /** Both sides look at what there is. */
  async look(): Promise<void> {
    const { outlook, list } = this.#parties;
    this.#ours = byId(await list());
    this.#theirs = new Map(
      standing(await outlook.snapshot()).map((contact) => [
        contact.id,
        shownContact.parse({ id: contact.id, pushed: '', ...expectedItem(contact) }),
      ]),
    );
  }

  /** Some edits, one after the other, of what was last looked at. Nobody else writes meanwhile. */
  async some(count: number, app: App): Promise<void> {
    for (let n = 0; n < count; n++) await this.#draw()(app);
  }

  /** Edits that may come in the middle of anything. */
  async beside(count: number, app: App): Promise<void> {
    const { random } = this.#parties;
    for (let n = 0; n < count; n++) {
      if (random.chance(0.6)) await this.#personSets(random.pick(theirSingles));
      else await this.#weSet(random.pick(alone), app);
    }
  }

  #draw(): Act {
    const { random } = this.#parties;
    const weighted: readonly (readonly [number, Act])[] = [
      [28, () => this.#personSets(random.pick(theirSingles))],
      [14, () => this.#personLists(random.pick(lists))],
      [4, () => this.#personMoves()],
      [2, () => this.#personCreates({})],
      [2, () => this.#personDeletes()],
      [26, (app) => this.#weSet(random.pick(singles), app)],
      [13, (app) => this.#weList(random.pick(lists), app)],
      [3, (app) => this.#weCreate({}, app)],
      [2, (app) => this.#weDelete(app)],
      [1, (app) => this.#weLink(app)],
      [1, (app) => this.#bothCreate(app)],
      [4, (app) => this.#duel(app)],
    ];
    let left = random.next() * weighted.reduce((sum, [weight]) => sum + weight, 0);
    return weighted.find(([weight]) => (left -= weight) < 0)?.[1] ?? (() => this.#personMoves());
  }

  #pick(contacts: ReadonlyMap<string, ShownContact>): ShownContact {
    const { random } = this.#parties;
    const all = [...contacts.values()].toSorted((a, b) => ((a.graphId ?? a.id) < (b.graphId ?? b.id) ? -1 : 1));
    const found = all[random.int(random.chance(0.4) ? Math.min(HOT, all.length) : all.length)];
    if (found === undefined) throw new Error('there are no contacts');
    return found;
  }

  async #personSets(field: Single, contact = this.#pick(this.#theirs)): Promise<void> {
    const { outlook, ledger } = this.#parties;
    const value = this.#values.single(field, valueOf(contact, field));
    await outlook.patch(contact.id, tenantPatchOf(field, value));
    ledger.note('person', { graphId: contact.id }, { set: field, value });
    this.#touched.push(contact.id);
    const changes = patchOf(contact, field, value);
    this.#theirs.set(contact.id, shownContact.parse({ ...contact, ...changes }));
  }

  async #personLists(field: List): Promise<void> {
    const { outlook, ledger } = this.#parties;
    const contact = this.#pick(this.#theirs);
    const { entries, what } = this.#values.change(field, contact);
    const patch = patchOfEntries(contact, field, entries);
    const members = {
      categories: { categories: entries },
      emails: { emailAddresses: patch['emails'] },
      business: { businessPhones: entries },
    };
    await outlook.patch(contact.id, members[field]);
    ledger.note('person', { graphId: contact.id }, what);
    this.#touched.push(contact.id);
    this.#theirs.set(contact.id, shownContact.parse({ ...contact, ...patch }));
  }

  async #personMoves(): Promise<void> {
    const { outlook, random, folders } = this.#parties;
    const contact = this.#pick(this.#theirs);
    const folder = random.pick(folders);
    this.#values.count++;
    if (folder === contact.folderId) return;
    await outlook.move(contact.id, folder);
    this.#touched.push(contact.id);
    this.#theirs.set(contact.id, { ...contact, folderId: folder });
  }

  async #personCreates({ address }: { readonly address?: string }): Promise<void> {
    const { outlook, ledger, random, folders } = this.#parties;
    const n = ++this.#values.count;
    const [displayName, email] = [`Made by a person ${n}`, address ?? `person${n}@made.example`];
    const emailAddresses = [{ address: email, name: displayName }];
    const graphId = await outlook.create(
      { displayName, companyName: `Company ${n}`, emailAddresses },
      random.pick(folders),
    );
    ledger.note('person', { graphId }, { set: 'displayName', value: displayName }, { add: 'emails', entry: email });
    this.#touched.push(graphId);
  }

  async #personDeletes(): Promise<void> {
    const { outlook, ledger } = this.#parties;
    const { id } = this.#pick(this.#theirs);
    this.#values.count++;
    await outlook.delete(id);
    ledger.note('person', { graphId: id }, { deleted: true });
    this.#touched.push(id);
    this.#theirs.delete(id);
  }

  async #patch(contact: ShownContact, body: unknown, app: App): Promise<boolean> {
    const { application } = this.#parties;
    const answer = await application.send({ path: `${application.path}/${contact.id}`, body }, app);
    if (answer.status !== 200) return false;
    application.took(contact.id, 'PATCH');
    this.#ours.set(contact.id, shownContact.parse(answer.body));
    return true;
  }

  async #weSet(field: Single, app: App, contact = this.#pick(this.#ours)): Promise<void> {
    const value = this.#values.single(field, valueOf(contact, field));
    if (await this.#patch(contact, patchOf(contact, field, value), app))
      this.#parties.ledger.note('application', { id: contact.id }, { set: field, value });
  }

  async #weList(field: List, app: App): Promise<void> {
    const contact = this.#pick(this.#ours);
    const { entries, what } = this.#values.change(field, contact);
    if (await this.#patch(contact, patchOfEntries(contact, field, entries), app))
      this.#parties.ledger.note('application', { id: contact.id }, what);
  }

  async #weCreate({ address }: { readonly address?: string }, app: App): Promise<void> {
    const { application, ledger, random, folders } = this.#parties;
    const n = ++this.#values.count;
    const [displayName, email] = [`Made by us ${n}`, address ?? `us${n}@made.example`];
    const emails = [{ address: email, name: displayName }];
    const match = random.chance(0.3) ? { match: 'none' } : {};
    const body = { displayName, companyName: `Company ${n}`, emails, folderId: random.pick(folders), ...match };
    const answer = await application.send({ method: 'POST', path: application.path, body }, app);
    if (answer.status > 201) return;
    const { id } = born.parse(answer.body);
    application.took(id, 'POST');
    ledger.note('application', { id }, { set: 'displayName', value: displayName }, { add: 'emails', entry: email });
    this.#ours.set(id, shownContact.parse(answer.body));
  }

  async #weDelete(app: App): Promise<void> {
    const { application, ledger } = this.#parties;
    const { id } = this.#pick(this.#ours);
    this.#values.count++;
    const answer = await application.send({ method: 'DELETE', path: `${application.path}/${id}` }, app);
    if (answer.status !== 204) return;
    application.took(id, 'DELETE');
    ledger.note('application', { id }, { deleted: true });
    this.#ours.delete(id);
  }

  /** Writes down somebody whose address a contact has already: the two are one. */
  async #weLink(app: App): Promise<void> {
    const { application, ledger } = this.#parties;
    const address = this.#pick(this.#ours).emails[0]?.address;
    const n = ++this.#values.count;
    if (address === null || address === undefined) return;
    const [displayName, jobTitle] = [`Linked ${n}`, `Linked job ${n}`];
    const body = { displayName, jobTitle, emails: [{ address, name: null }] };
    const answer = await application.send({ method: 'POST', path: application.path, body }, app);
    if (answer.status !== 200) return;
    const { id } = born.parse(answer.body);
    application.took(id, 'POST');
    ledger.note('link', { id }, { set: 'displayName', value: displayName }, { set: 'jobTitle', value: jobTitle });
    this.#ours.set(id, shownContact.parse(answer.body));
  }

  /** Both write down the same new person before they hear of each other. */
  async #bothCreate(app: App): Promise<void> {
    const address = `both${this.#values.count}@made.example`;
    await this.#weCreate({ address }, app);
    await this.#personCreates({ address });
  }

  /** Both sides write to one contact, mostly to the same field. */
  async #duel(app: App): Promise<void> {
    const { random } = this.#parties;
    const ours = this.#pick(this.#ours);
    const theirs = ours.graphId === null ? undefined : this.#theirs.get(ours.graphId);
    if (theirs === undefined) return;
    const field = random.pick(theirSingles);
    const other = random.chance(0.7) ? field : random.pick(theirSingles);
    const acts = [() => this.#personSets(field, theirs), () => this.#weSet(other, app, ours)];
    for (const act of random.chance(0.5) ? acts : acts.toReversed()) await act();
  }
}
