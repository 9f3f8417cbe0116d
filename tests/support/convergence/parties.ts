import type { Random } from '../../../infra/local/graph/seed/random.ts';
import type { Fields } from '../../../shared/lib/json.ts';
import type { Application } from './application.ts';
import type { ShownContact } from './fields.ts';
import type { Ledger } from './ledger.ts';
import type { Outlook } from './outlook.ts';

/** Those who edit, where, and who writes it down. */
export interface Parties {
  readonly outlook: Outlook;
  readonly application: Application;
  readonly ledger: Ledger<ShownContact>;
  /** All contacts by name, as the application lists them. */
  readonly list: () => Promise<Fields[]>;
  readonly random: Random;
  /** Graph ids of the folders. */
  readonly folders: readonly [string, ...string[]];
}
