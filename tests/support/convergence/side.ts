import type { Random } from '../../../infra/local/graph/seed/random.ts';
import type { App } from '../../../shared/app.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import type { Partition } from '../../faults/plan/partition.ts';
import type { FaultRig, Mailbox } from '../../faults/plan/rig.ts';
import type { Application } from './application.ts';
import type { End } from './ledger.ts';
import type { FeedReader } from './reader.ts';

/** What Graph does wrong: the rule that the stand-in takes. */
export interface Trouble {
  readonly match: object;
  readonly action: object;
}

/** Draws edits of both sides and does them. */
export interface Edits {
  /** How many edits were done so far. */
  readonly count: number;
  /** Both sides look at what there is. */
  look(): Promise<void>;
  /** Some edits, one after the other, of what was last looked at. Nobody else writes meanwhile. */
  some(count: number, app: App): Promise<void>;
  /** Edits that may come in the middle of anything. */
  beside(count: number, app: App): Promise<void>;
  /** Graph ids that notifications would name since the last call. */
  takeTouched(): string[];
}

/** A domain's part in a world, once it was synced. */
export interface Side {
  readonly edits: Edits;
  readonly application: Application;
  readonly reader: FeedReader;
  /** The items of a partition that has come to rest, as they are listed. */
  listed(partition: Partition): Promise<readonly Fields[]>;
  /** Everything by which they differ from what the feed told, from what the tenant has, and from what was done. */
  faults(partition: Partition, items: readonly Fields[], end: Pick<End<unknown>, 'ids' | 'rows'>): Promise<string[]>;
}

/** A mailbox that is to be filled. */
export interface Opened {
  readonly rig: FaultRig;
  readonly mailbox: Mailbox;
  readonly random: Random;
  readonly seed: number;
  /** A worker that lives whatever happens to others. */
  readonly healthy: App;
}

/** A domain whose items both sides edit. */
export interface Sort {
  readonly domain: string;
  /** The word of Graph's for its items, in the resources of notifications. */
  readonly collection: 'Contacts' | 'Events';
  readonly troubles: readonly Trouble[];
  /** Fills a mailbox; answers how its edits begin, once it was synced. */
  open(opened: Opened): Promise<() => Promise<Side>>;
}
