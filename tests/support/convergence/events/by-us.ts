import { z } from 'zod';
import type { App } from '../../../../shared/app.ts';
import { eventWords, patchOf, patchOfEntries, shownEvent, type List, type ShownEvent, type Single } from './fields.ts';
import { newEvent, newSeries } from './new-events.ts';
import type { View } from './view.ts';

const born = z.looseObject({ id: z.string() });

/** Edits by the application. */
export class ByUs {
  readonly #view: View;

  constructor(view: View) {
    this.#view = view;
  }

  async sets(app: App, event = this.#view.pick(this.#view.ours), field?: Single): Promise<void> {
    if (event === undefined) return;
    const what = field ?? this.#view.field(event);
    const value = this.#view.values.single(what);
    if (await this.#patch(event, patchOf(what, value), app))
      this.#view.parties.ledger.note('application', { id: event.id }, { set: what, value });
  }

  async lists(field: List, app: App): Promise<void> {
    const { parties, values, ours } = this.#view;
    const event = this.#view.pick(ours, ({ isOrganizer }) => isOrganizer !== false);
    if (event === undefined) return;
    const { entries, what } = values.change(field, eventWords.entriesOf(event, field));
    if (await this.#patch(event, patchOfEntries(event, field, entries), app))
      parties.ledger.note('application', { id: event.id }, what);
  }

  async creates(app: App): Promise<void> {
    const { parties, values, ours } = this.#view;
    const { application, ledger, random, calendars } = parties;
    const subject = `Made by us ${++values.count}`;
    const event = random.chance(0.3) ? newSeries(subject, values) : newEvent(subject, values);
    const body = { ...event, calendarId: random.pick(calendars) };
    const answer = await application.send({ method: 'POST', path: application.path, body }, app);
    if (answer.status !== 201) return;
    const { id } = born.parse(answer.body);
    application.took(id, 'POST');
    ledger.note('application', { id }, { set: 'subject', value: subject });
    ours.set(id, shownEvent.parse(answer.body));
  }

  /** Deletes an event, or cancels it where it is a meeting. */
  async deletes(app: App): Promise<void> {
    const { parties, values, ours, parts } = this.#view;
    const { application, ledger } = parties;
    const event = this.#view.pick(ours);
    values.count++;
    if (event === undefined) return;
    const { id, isOrganizer, attendees } = event;
    const cancels = isOrganizer !== false && attendees.length > 0;
    const request = cancels
      ? ({ method: 'POST', path: `${application.path}/${id}/cancel`, body: { comment: 'Snow' } } as const)
      : ({ method: 'DELETE', path: `${application.path}/${id}` } as const);
    const answer = await application.send(request, app);
    if (answer.status !== 204) return;
    application.took(id, 'DELETE');
    ledger.note('application', { id }, { deleted: true });
    ours.delete(id);
    parts.forgetOf({ id });
  }

  /** Answers a meeting of somebody else. */
  async answers(app: App): Promise<void> {
    const { parties, values, ours } = this.#view;
    const { application, random } = parties;
    const meeting = this.#view.pick(ours, ({ isOrganizer }) => isOrganizer === false);
    values.count++;
    if (meeting === undefined) return;
    const path = `${application.path}/${meeting.id}/${random.pick(['accept', 'tentative'])}`;
    const answer = await application.send({ method: 'POST', path, body: {} }, app);
    if (answer.status === 200) application.took(meeting.id, 'POST');
  }

  async #patch(event: ShownEvent, body: unknown, app: App): Promise<boolean> {
    const { application } = this.#view.parties;
    const answer = await application.send({ path: `${application.path}/${event.id}`, body }, app);
    if (answer.status !== 200) return false;
    application.took(event.id, 'PATCH');
    this.#view.ours.set(event.id, shownEvent.parse(answer.body));
    return true;
  }
}
