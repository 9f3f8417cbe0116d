import type { Clock } from './clock.ts';
import type { Effect, MailboxChange, Origin } from './model.ts';

export type ChangeListener = (change: MailboxChange) => void;

/** About one write. Seeding is noted nowhere. */
export interface About {
  origin: Origin;
  fields: readonly string[];
  moved?: boolean;
}

/** The write log of a mailbox, and those who hear of its changes. */
export class ChangeNotes {
  readonly effects: Effect[] = [];
  private readonly listeners = new Set<ChangeListener>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  onChange(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** `id` is only worked out when it is wanted. */
  record(kind: Effect['kind'], id: () => string, about: About): void {
    const { by, requestId } = about.origin;
    if (by === 'seed') return;
    const at = this.clock.now().toISOString();
    this.effects.push({ at, kind, id: id(), fields: about.fields, by, requestId: requestId ?? null });
  }

  tell(change: () => MailboxChange, about: About): void {
    if (about.origin.by === 'seed' || this.listeners.size === 0) return;
    const told = change();
    for (const listener of this.listeners) listener(told);
  }
}
