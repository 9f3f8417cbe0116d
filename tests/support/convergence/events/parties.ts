import type { Random } from '../../../../infra/local/graph/seed/random.ts';
import type { Fields } from '../../../../shared/lib/json.ts';
import type { Application } from '../application.ts';
import type { Ledger } from '../ledger.ts';
import type { ShownEvent } from './fields.ts';
import type { OutlookCalendar } from './outlook.ts';

/** Those who edit events, where, and who writes it down. */
export interface Parties {
  readonly outlook: OutlookCalendar;
  readonly application: Application;
  readonly ledger: Ledger<ShownEvent>;
  readonly random: Random;
  /** Graph ids of the calendars that are synced. */
  readonly calendars: readonly [string, ...string[]];
  /** The days in which occurrences are edited. */
  readonly window: string;
  /** All events by their start, as the application lists them. */
  readonly list: () => Promise<Fields[]>;
}
