import fc from 'fast-check';

/** One step of a program. `pick` chooses among what is there when the step runs. */
export type Step =
  | { readonly do: 'arrive'; readonly pick: number; readonly isRead: boolean }
  | {
      readonly do: 'edit';
      readonly pick: number;
      readonly field: 'isRead' | 'flag' | 'categories' | 'subject';
      readonly on: boolean;
    }
  | { readonly do: 'move' | 'out-and-back'; readonly pick: number; readonly to: number }
  | { readonly do: 'delete'; readonly pick: number; readonly permanent: boolean }
  | { readonly do: 'restore'; readonly pick: number }
  | { readonly do: 'folder-create' | 'folder-rename' | 'folder-move'; readonly pick: number; readonly to: number }
  | { readonly do: 'folder-delete'; readonly pick: number; readonly permanent: boolean }
  | {
      readonly do: 'write';
      readonly pick: number;
      readonly field: 'isRead' | 'flag' | 'categories';
      readonly on: boolean;
    }
  | { readonly do: 'write-move'; readonly pick: number; readonly to: number }
  | { readonly do: 'poll' | 'push' | 'two-polls' | 'poll-and-push' | 'drain' | 'evict' }
  | { readonly do: 'write-while-polling'; readonly pick: number }
  | { readonly do: 'edit-while-polling'; readonly pick: number }
  | { readonly do: 'notify'; readonly picks: readonly number[] }
  | { readonly do: 'fault'; readonly kind: FaultKind; readonly times: number; readonly skip: number }
  | { readonly do: 'heal' }
  | { readonly do: 'clock'; readonly seconds: number };

/** What Graph does wrong, by name. */
export const faultKinds = {
  throttled: {
    match: {},
    action: { kind: 'status', status: 429, headers: { 'retry-after': '3' } },
  },
  unavailable: { match: {}, action: { kind: 'status', status: 503 } },
  timeout: { match: { path: '/delta' }, action: { kind: 'status', status: 504 } },
  broken: { match: {}, action: { kind: 'status', status: 500 } },
  denied: { match: { path: '/messages/delta' }, action: { kind: 'status', status: 403, code: 'ErrorAccessDenied' } },
  reset: { match: {}, action: { kind: 'reset' } },
  truncated: { match: {}, action: { kind: 'truncate' } },
  gone: { match: { path: '/delta' }, action: { kind: 'gone' } },
  empty: { match: { path: '/delta' }, action: { kind: 'empty-page' } },
  repeated: { match: { path: '/delta' }, action: { kind: 'repeat-page' } },
  duplicates: { match: { path: '/delta' }, action: { kind: 'duplicate-items' } },
  reordered: { match: { path: '/delta' }, action: { kind: 'reorder-items' } },
  lostAnswer: { match: { method: 'PATCH' }, action: { kind: 'applied-reset' } },
  lostMove: { match: { path: '/move' }, action: { kind: 'applied', status: 503 } },
  conflict: { match: { method: 'PATCH' }, action: { kind: 'status', status: 409 } },
} as const;
export type FaultKind = keyof typeof faultKinds;
const isFaultKind = (name: string): name is FaultKind => name in faultKinds;

/** How the tenant behaves during a program. */
export interface Habits {
  readonly thinUpdates: boolean;
  readonly mutableMoveLoss: boolean | null;
  readonly pageSize: number;
}

export interface Program {
  readonly habits: Habits;
  readonly steps: readonly Step[];
}

const pick = fc.nat({ max: 10_000 });
const of = <T extends string>(...words: readonly [T, ...T[]]): fc.Arbitrary<T> => fc.constantFrom(...words);

const remote = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: of('arrive'), pick, isRead: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: of('edit'),
      pick,
      field: of('isRead', 'flag', 'categories', 'subject'),
      on: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: of('move', 'out-and-back'), pick, to: pick }) },
  { weight: 2, arbitrary: fc.record({ do: of('delete'), pick, permanent: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: of('restore'), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: of('folder-create', 'folder-rename', 'folder-move'), pick, to: pick }),
  },
  { weight: 1, arbitrary: fc.record({ do: of('folder-delete'), pick, permanent: fc.boolean() }) },
);

const local = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: of('write'), pick, field: of('isRead', 'flag', 'categories'), on: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: of('write-move'), pick, to: pick }) },
);

const job = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: of('poll', 'poll', 'push', 'two-polls', 'poll-and-push', 'drain') }),
  },
  { weight: 2, arbitrary: fc.record({ do: of('write-while-polling', 'edit-while-polling'), pick }) },
  { weight: 2, arbitrary: fc.record({ do: of('notify'), picks: fc.array(pick, { minLength: 1, maxLength: 3 }) }) },
);

const trouble = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: of('fault'),
      kind: fc.constantFrom(...Object.keys(faultKinds).filter(isFaultKind)),
      times: fc.integer({ min: 1, max: 3 }),
      skip: fc.nat({ max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: of('heal', 'evict') }) },
  { weight: 2, arbitrary: fc.record({ do: of('clock'), seconds: fc.constantFrom(1, 30, 90, 600) }) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: remote },
  { weight: 6, arbitrary: local },
  { weight: 9, arbitrary: job },
  { weight: 4, arbitrary: trouble },
);

/** Programs of about so many steps. */
export const programs = (length: number): fc.Arbitrary<Program> =>
  fc.record({
    habits: fc.record({
      thinUpdates: fc.boolean(),
      mutableMoveLoss: fc.constantFrom(null, true, false),
      pageSize: fc.constantFrom(3, 8, 100),
    }),
    steps: fc.array(step, { minLength: Math.ceil(length / 2), maxLength: length, size: 'max' }),
  });
