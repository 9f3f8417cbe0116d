import type { ApiClient } from './client.ts';
import type { Feed } from './feed.ts';
import type { Report } from './report.ts';

/** Whose account is shown, and where it is told. */
export interface Stage {
  readonly api: ApiClient;
  readonly connectionId: string;
  /** Of the user, below the control address. */
  readonly control: string;
  readonly feed: Feed;
  readonly report: Report;
}
