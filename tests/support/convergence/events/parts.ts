import type { App } from '../../../../shared/app.ts';
import type { Of } from '../ledger.ts';
import { patchOf, tenantPatchOf, type ShownEvent } from './fields.ts';
import type { TenantEvent } from './outlook.ts';
import type { Parties } from './parties.ts';
import type { Values } from './values.ts';

/** Fields of a single day that are edited; its time is that of its series. */
const fields = ['subject', 'location'] as const;
/** Days that are met more often than others. */
const HOT = 6;

/** Draws edits of single days of series by both sides and does them. */
export class Parts {
  readonly #parties: Parties;
  readonly #values: Values;
  readonly #touch: (graphId: string) => void;
  #theirs: readonly TenantEvent[] = [];
  #ours: readonly ShownEvent[] = [];
  /** Every part that was ever met, by Graph's id of its series, and by ours. */
  readonly #met = new Map<string, Of[]>();

  constructor(parties: Parties, values: Values, touch: (graphId: string) => void) {
    this.#parties = parties;
    this.#values = values;
    this.#touch = touch;
  }

  /** What there is now. Far ahead nothing is edited: the window comes to it without a word. */
  look(ours: readonly ShownEvent[], theirs: readonly TenantEvent[]): void {
    const known = new Set(theirs.map(({ id }) => id));
    this.#theirs = theirs;
    this.#ours = ours.filter(({ graphId }) => graphId !== null && known.has(graphId));
    for (const { id, seriesMasterId } of theirs) this.#meet(seriesMasterId, { graphId: id });
    for (const { id, seriesMasterId } of ours) this.#meet(seriesMasterId, { id });
  }

  #meet(series: string | null, of: Of): void {
    if (series !== null) this.#met.set(series, [...(this.#met.get(series) ?? []), of]);
  }

  /** The series goes, or its days do: of each of them nobody can tell any more what it must be. */
  forgetOf(series: Of): void {
    const key = 'id' in series ? series.id : series.graphId;
    for (const of of this.#met.get(key) ?? []) this.#parties.ledger.forget(of);
    this.#theirs = this.#theirs.filter(({ seriesMasterId }) => seriesMasterId !== key);
    this.#ours = this.#ours.filter(({ seriesMasterId }) => seriesMasterId !== key);
  }

  async personSets(): Promise<void> {
    const { outlook, ledger, random } = this.#parties;
    const part = this.#pick(this.#theirs, ({ id }) => id);
    if (part === undefined) return;
    const field = random.pick(fields);
    const value = this.#values.single(field);
    if (!(await outlook.patch(part.id, tenantPatchOf(field, value)))) return;
    ledger.note('person', { graphId: part.id }, { set: field, value });
    this.#touch(part.id);
  }

  async personTakesOut(): Promise<void> {
    const { outlook, ledger, random } = this.#parties;
    const part = this.#theirs[random.int(this.#theirs.length)];
    this.#values.count++;
    if (part === undefined) return;
    if (!(await outlook.remove(part.id))) return;
    ledger.note('person', { graphId: part.id }, { deleted: true });
    this.#touch(part.seriesMasterId ?? part.id);
    this.#theirs = this.#theirs.filter((one) => one !== part);
  }

  /** One of the days, by Graph's ids: both sides are to meet at some. */
  #pick<Part>(parts: readonly Part[], idOf: (part: Part) => string): Part | undefined {
    const { random } = this.#parties;
    const all = parts.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
    return all[random.int(random.chance(0.4) ? Math.min(HOT, all.length) : all.length)];
  }

  /** Writes one field of a day, or one after the other: both writes wait at once. */
  async weSet(app: App): Promise<void> {
    const { random } = this.#parties;
    const part = this.#pick(this.#ours, ({ graphId }) => graphId ?? '');
    if (part === undefined) return;
    for (const field of random.chance(0.5) ? fields : [random.pick(fields)]) await this.#write(part, field, app);
  }

  async #write(part: ShownEvent, field: (typeof fields)[number], app: App): Promise<void> {
    const { application, ledger } = this.#parties;
    const value = this.#values.single(field);
    const request = { path: `${application.path}/${part.id}`, body: patchOf(field, value) };
    const answer = await application.send(request, app);
    if (answer.status !== 200) return;
    application.took(part.id, 'PATCH');
    ledger.note('application', { id: part.id }, { set: field, value });
  }

  async weTakeOut(app: App): Promise<void> {
    const { application, ledger, random } = this.#parties;
    const part = this.#ours[random.int(this.#ours.length)];
    this.#values.count++;
    if (part === undefined) return;
    const answer = await application.send({ method: 'DELETE', path: `${application.path}/${part.id}` }, app);
    if (answer.status !== 204) return;
    // To the tenant it is a change of the series, which leaves out a day from then on.
    application.took(part.seriesMasterId ?? part.id, 'PATCH');
    ledger.note('application', { id: part.id }, { deleted: true });
    this.#ours = this.#ours.filter((one) => one !== part);
  }
}
