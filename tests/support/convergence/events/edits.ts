import type { App } from '../../../../shared/app.ts';
import type { Edits } from '../side.ts';
import { ByPerson } from './by-person.ts';
import { ByUs } from './by-us.ts';
import { lists } from './fields.ts';
import type { Parties } from './parties.ts';
import { View } from './view.ts';

type Act = (app: App) => Promise<void>;

/** Draws edits of events by both sides and does them, each with a value that no other has. */
export class EventEdits implements Edits {
  readonly #view: View;
  readonly #person: ByPerson;
  readonly #us: ByUs;

  constructor(parties: Parties) {
    this.#view = new View(parties);
    this.#person = new ByPerson(this.#view);
    this.#us = new ByUs(this.#view);
  }

  get count(): number {
    return this.#view.values.count;
  }

  takeTouched(): string[] {
    return this.#view.touched.splice(0);
  }

  look(): Promise<void> {
    return this.#view.look();
  }

  async some(count: number, app: App): Promise<void> {
    for (let n = 0; n < count; n++) await this.#draw()(app);
  }

  async beside(count: number, app: App): Promise<void> {
    const { parts, parties } = this.#view;
    for (let n = 0; n < count; n++) {
      const acts = [
        () => this.#person.sets(),
        () => this.#person.sets(),
        () => parts.personSets(),
        () => this.#us.sets(app),
        () => parts.weSet(app),
      ] as const;
      await parties.random.pick(acts)();
    }
  }

  #draw(): Act {
    const { parts, parties } = this.#view;
    const [person, us, { random }] = [this.#person, this.#us, parties];
    const weighted: readonly (readonly [number, Act])[] = [
      [24, () => person.sets()],
      [10, () => person.lists(random.pick(lists))],
      [4, () => person.moves()],
      [3, () => person.creates()],
      [2, () => person.deletes()],
      [2, () => person.answers()],
      [1, () => person.shifts()],
      [8, () => parts.personSets()],
      [2, () => parts.personTakesOut()],
      [22, (app) => us.sets(app)],
      [10, (app) => us.lists(random.pick(lists), app)],
      [3, (app) => us.creates(app)],
      [2, (app) => us.deletes(app)],
      [2, (app) => us.answers(app)],
      [7, (app) => parts.weSet(app)],
      [2, (app) => parts.weTakeOut(app)],
      [6, (app) => this.#duel(app)],
    ];
    let left = random.next() * weighted.reduce((sum, [weight]) => sum + weight, 0);
    return weighted.find(([weight]) => (left -= weight) < 0)?.[1] ?? (() => person.moves());
  }

  /** Both sides write to one event, mostly to the same field. */
  async #duel(app: App): Promise<void> {
    const view = this.#view;
    const { random } = view.parties;
    const ours = view.pick(view.ours, ({ graphId }) => graphId !== null && view.theirs.has(graphId));
    const theirs = view.theirs.get(ours?.graphId ?? '');
    if (ours === undefined || theirs === undefined) return;
    const field = view.field(theirs);
    const other = random.chance(0.7) ? field : view.field(theirs);
    const acts = [() => this.#person.sets(theirs, field), () => this.#us.sets(app, ours, other)];
    for (const act of random.chance(0.5) ? acts : acts.toReversed()) await act();
  }
}
