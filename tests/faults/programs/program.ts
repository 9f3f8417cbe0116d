import fc from 'fast-check';
import { graphTroubleNames } from './graph-troubles.ts';
import {
  jobNames,
  type LocalStep,
  type OwnStep,
  type Program,
  type RemoteStep,
  type Step,
  type TroubleStep,
} from './steps.ts';
import { storageRows, storageTroubleNames } from './storage-troubles.ts';

const pick = fc.nat({ max: 10_000 });
const of = <T extends string>(...words: readonly [T, ...T[]]): fc.Arbitrary<T> => fc.constantFrom(...words);

const remote: fc.Arbitrary<RemoteStep> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: of('arrive'), pick, isRead: fc.boolean(), odd: fc.nat({ max: 20 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: of('edit'),
      pick,
      field: of('isRead', 'flag', 'categories', 'subject', 'importance'),
      on: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: of('move', 'move', 'there-and-back', 'out-and-back'), pick, to: pick }) },
  { weight: 2, arbitrary: fc.record({ do: of('delete'), pick, permanent: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: of('restore'), pick }) },
  { weight: 2, arbitrary: fc.record({ do: of('folder-create', 'folder-rename', 'folder-move'), pick, to: pick }) },
  { weight: 1, arbitrary: fc.record({ do: of('folder-delete'), pick, permanent: fc.boolean() }) },
);

const local: fc.Arbitrary<LocalStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: of('write'), pick, field: of('isRead', 'flag', 'categories'), on: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: of('write-move'), pick, to: pick }) },
);

const job = of(...jobNames);
const by = fc.nat({ max: 3 });
const some = <T>(what: fc.Arbitrary<T>, min: number, max: number): fc.Arbitrary<T[]> =>
  fc.array(what, { minLength: min, maxLength: max, size: 'max' });

const own: fc.Arbitrary<OwnStep> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: of('job'), job, by }) },
  { weight: 3, arbitrary: fc.record({ do: of('together'), jobs: some(job, 2, 4), writes: some(local, 0, 2) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: of('meanwhile'),
      job: of('poll', 'poll', 'push', 'drain'),
      by,
      at: fc.nat({ max: 12 }),
      steps: some(fc.oneof({ weight: 3, arbitrary: remote }, { weight: 1, arbitrary: local }), 1, 3),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: of('deliver'), luck: pick, by }) },
  { weight: 1, arbitrary: fc.record({ do: of('lifecycle'), event: of('missed', 'subscriptionRemoved') }) },
);

const skip = fc.nat({ max: 8 });
const trouble: fc.Arbitrary<TroubleStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: of('graph'),
      trouble: fc.constantFrom(...graphTroubleNames),
      times: fc.constantFrom(1, 1, 2, 3, 8),
      skip,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: of('storage'),
      trouble: fc.constantFrom(...storageTroubleNames),
      rows: fc.constantFrom(...storageRows),
      times: fc.constantFrom(1, 1, 2, 6, 100),
      skip,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: of('heal', 'heal', 'evict') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: of('clock'),
      who: of('all', 'worker', 'graph'),
      by,
      seconds: fc.constantFrom(1, 30, 90, 600, 3600, -3600, -90),
    }),
  },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: remote },
  { weight: 6, arbitrary: local },
  { weight: 9, arbitrary: own },
  { weight: 5, arbitrary: trouble },
);

/** Programs of about so many steps. */
export const programs = (length: number): fc.Arbitrary<Program> =>
  fc.record({
    habits: fc.record({
      thinUpdates: fc.boolean(),
      mutableMoveLoss: fc.constantFrom(null, true, false),
      emptyFirstPage: fc.boolean(),
      pageSize: fc.constantFrom(3, 8, 100),
      workers: fc.constantFrom(1, 1, 2, 4),
    }),
    steps: some(step, Math.ceil(length / 2), length),
  });
