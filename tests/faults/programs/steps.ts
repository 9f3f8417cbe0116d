import type { GraphTrouble } from './graph-troubles.ts';
import type { StorageRows, StorageTrouble } from './storage-troubles.ts';

/** What people and their mail programs do in the tenant. `pick` chooses among what is there when the step runs. */
export type RemoteStep =
  | { readonly do: 'arrive'; readonly pick: number; readonly isRead: boolean; readonly odd: number }
  | {
      readonly do: 'edit';
      readonly pick: number;
      readonly field: 'isRead' | 'flag' | 'categories' | 'subject' | 'importance';
      readonly on: boolean;
    }
  | { readonly do: 'move' | 'there-and-back' | 'out-and-back'; readonly pick: number; readonly to: number }
  | { readonly do: 'delete'; readonly pick: number; readonly permanent: boolean }
  | { readonly do: 'restore'; readonly pick: number }
  | { readonly do: 'folder-create' | 'folder-rename' | 'folder-move'; readonly pick: number; readonly to: number }
  | { readonly do: 'folder-delete'; readonly pick: number; readonly permanent: boolean };

/** What the application does, by the API. */
export type LocalStep =
  | {
      readonly do: 'write';
      readonly pick: number;
      readonly field: 'isRead' | 'flag' | 'categories';
      readonly on: boolean;
    }
  | { readonly do: 'write-move'; readonly pick: number; readonly to: number };

export const jobNames = ['poll', 'notified', 'continue', 'push', 'drain', 'timer'] as const;
/** A job of ours: a round from the schedule or after a notification, a push, all that waits in the queues, or a timer's run. */
export type JobName = (typeof jobNames)[number];

/** `by` chooses the worker. */
export type OwnStep =
  | { readonly do: 'job'; readonly job: JobName; readonly by: number }
  /** At the same time, each on the next worker. */
  | { readonly do: 'together'; readonly jobs: readonly JobName[]; readonly writes: readonly LocalStep[] }
  /** In the middle of a job: before its n-th request reaches Graph. */
  | {
      readonly do: 'meanwhile';
      readonly job: JobName;
      readonly by: number;
      readonly at: number;
      readonly steps: readonly (RemoteStep | LocalStep)[];
    }
  /** Notifications of what happened so far come in: some lost, some twice, some later, in any order and any packing. */
  | { readonly do: 'deliver'; readonly luck: number; readonly by: number }
  | { readonly do: 'lifecycle'; readonly event: 'missed' | 'subscriptionRemoved' };

export type TroubleStep =
  | { readonly do: 'graph'; readonly trouble: GraphTrouble; readonly times: number; readonly skip: number }
  | {
      readonly do: 'storage';
      readonly trouble: StorageTrouble;
      readonly rows: StorageRows;
      readonly times: number;
      readonly skip: number;
    }
  | { readonly do: 'heal' | 'evict' }
  | { readonly do: 'clock'; readonly who: 'all' | 'worker' | 'graph'; readonly by: number; readonly seconds: number };

export type Step = RemoteStep | LocalStep | OwnStep | TroubleStep;

const remoteWords: ReadonlySet<string> = new Set([
  ...['arrive', 'edit', 'move', 'there-and-back', 'out-and-back', 'delete', 'restore'],
  ...['folder-create', 'folder-rename', 'folder-move', 'folder-delete'],
]);
export const isRemote = (step: Step): step is RemoteStep => remoteWords.has(step.do);
export const isLocal = (step: Step): step is LocalStep => step.do === 'write' || step.do === 'write-move';

const troubleWords: ReadonlySet<string> = new Set(['graph', 'storage', 'heal', 'evict', 'clock']);
export const isTrouble = (step: Step): step is TroubleStep => troubleWords.has(step.do);

/** How the tenant behaves during a program, and how many workers there are. */
export interface Habits {
  readonly thinUpdates: boolean;
  readonly mutableMoveLoss: boolean | null;
  readonly emptyFirstPage: boolean;
  readonly pageSize: number;
  readonly workers: number;
}

export interface Program {
  readonly habits: Habits;
  readonly steps: readonly Step[];
}
