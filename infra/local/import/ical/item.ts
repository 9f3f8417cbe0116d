import type { FolderPath } from '../item.ts';

/** One event out of a person's files: a single one, or a series with all that was changed in it. */
export interface ImportEvent {
  readonly name: string;
  /** In the members of a Graph event, and a few of the tenant's control beside them. */
  readonly event: Readonly<Record<string, unknown>>;
  /** The calendar of the last name; empty = the own one. */
  readonly folder: FolderPath;
}
