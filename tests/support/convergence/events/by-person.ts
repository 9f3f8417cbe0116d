import { tenantEntries, tenantEntriesPatch, tenantPatchOf, type List, type Single } from './fields.ts';
import { newTenantEvent, newTenantSeries } from './new-events.ts';
import type { View } from './view.ts';

/** Edits by a person at Outlook. */
export class ByPerson {
  readonly #view: View;

  constructor(view: View) {
    this.#view = view;
  }

  async sets(event = this.#view.pick(this.#view.theirs), field?: Single): Promise<void> {
    if (event === undefined) return;
    const { parties, values, touched } = this.#view;
    const what = field ?? this.#view.field(event);
    const value = values.single(what);
    if (!(await parties.outlook.patch(event.id, tenantPatchOf(what, value)))) return;
    parties.ledger.note('person', { graphId: event.id }, { set: what, value });
    touched.push(event.id);
  }

  async lists(field: List): Promise<void> {
    const { parties, values, touched, theirs } = this.#view;
    const event = this.#view.pick(theirs, ({ isOrganizer }) => isOrganizer);
    if (event === undefined) return;
    const { entries, what } = values.change(field, tenantEntries(event, field));
    const { members, after } = tenantEntriesPatch(event, field, entries);
    if (!(await parties.outlook.patch(event.id, members))) return;
    parties.ledger.note('person', { graphId: event.id }, what);
    touched.push(event.id);
    theirs.set(event.id, after);
  }

  async moves(): Promise<void> {
    const { parties, values, touched, theirs } = this.#view;
    const event = this.#view.pick(theirs);
    const calendar = parties.random.pick(parties.calendars);
    values.count++;
    if (event === undefined || calendar === event.calendarId) return;
    if (!(await parties.outlook.move(event.id, calendar))) return;
    touched.push(event.id);
    theirs.set(event.id, { ...event, calendarId: calendar });
  }

  async creates(): Promise<void> {
    const { parties, values, touched } = this.#view;
    const { random, outlook, ledger, calendars } = parties;
    const subject = `Made by a person ${++values.count}`;
    const event = random.chance(0.3) ? newTenantSeries(subject, values) : newTenantEvent(subject, values);
    const graphId = await outlook.create(event, random.pick(calendars));
    ledger.note('person', { graphId }, { set: 'subject', value: subject });
    touched.push(graphId);
  }

  async deletes(): Promise<void> {
    const { parties, values, touched, theirs, parts } = this.#view;
    const event = this.#view.pick(theirs);
    values.count++;
    if (event === undefined) return;
    if (!(await parties.outlook.remove(event.id))) return;
    parties.ledger.note('person', { graphId: event.id }, { deleted: true });
    touched.push(event.id);
    theirs.delete(event.id);
    parts.forgetOf({ graphId: event.id });
  }

  /** One of those who were asked to come answers: the organizer's copy of the event tells it. */
  async answers(): Promise<void> {
    const { parties, values, touched, theirs } = this.#view;
    const event = this.#view.pick(theirs, ({ isOrganizer, attendees }) => isOrganizer && attendees.length > 0);
    const address = event?.attendees[0]?.emailAddress.address ?? null;
    values.count++;
    if (event === undefined || address === null) return;
    const response = parties.random.pick(['accepted', 'declined', 'tentativelyAccepted']);
    if (!(await parties.outlook.answer(event.id, address, response))) return;
    touched.push(event.id);
  }

  /** A series goes to another time, in its own zone perhaps to another day: what its days had for themselves is gone. */
  async shifts(): Promise<void> {
    const { parties, values, touched, theirs, parts } = this.#view;
    const series = this.#view.pick(theirs, ({ type, isAllDay }) => type === 'seriesMaster' && !isAllDay);
    if (series === undefined) return;
    const time = `${series.start.dateTime.slice(0, 10)}${values.single('start').slice(10)}`;
    if (!(await parties.outlook.patch(series.id, tenantPatchOf('start', time)))) return;
    parties.ledger.note('person', { graphId: series.id }, { set: 'start', value: time });
    touched.push(series.id);
    parts.forgetOf({ graphId: series.id });
    // Days that were met by our ids alone: far ahead the person does not look.
    const ours = [...this.#view.ours.values()].find(({ graphId }) => graphId === series.id);
    if (ours !== undefined) parts.forgetOf({ id: ours.id });
  }
}
