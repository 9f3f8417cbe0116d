import type { Fault, FaultRule, SeenRequest } from '../../support/fault-plan.ts';
import type { FaultRig } from '../plan/rig.ts';

const refusal = (status: number, code: string): Fault => ({
  before: { status, body: { 'odata.error': { code, message: { lang: 'en-US', value: code } } } },
});

/** What Table Storage or a queue does wrong, by name. */
export const storageTroubles = {
  busy: refusal(503, 'ServerBusy'),
  broken: refusal(500, 'InternalError'),
  timedOut: refusal(500, 'OperationTimedOut'),
  reset: { before: 'reset' },
  silent: { before: 'hang' },
  lost: { applied: { status: 503, body: { 'odata.error': { code: 'ServerBusy' } } } },
  lostTimeout: { applied: { status: 500, body: { 'odata.error': { code: 'OperationTimedOut' } } } },
  cut: { applied: 'reset' },
  half: { applied: 'cut' },
  mute: { applied: 'hang' },
} as const satisfies Readonly<Record<string, Fault>>;
export type StorageTrouble = keyof typeof storageTroubles;
const isTrouble = (name: string): name is StorageTrouble => name in storageTroubles;
export const storageTroubleNames: readonly StorageTrouble[] = Object.keys(storageTroubles).filter(isTrouble);

/** Which calls are met: commits, all else of tables, or sends to queues. */
export const storageRows = ['commits', 'wakes', 'dues', 'tables', 'sends'] as const;
export type StorageRows = (typeof storageRows)[number];

const rules: Readonly<Record<StorageRows, Pick<FaultRule, 'method' | 'path' | 'when'>>> = {
  commits: { method: 'POST', path: /\$batch/ },
  wakes: { when: ({ path }: SeenRequest) => /\/sync\b/.test(path) && /wake/.test(decodeURIComponent(path)) },
  dues: { path: /\/due\b/ },
  tables: {},
  sends: { method: 'POST', path: /\/messages/ },
};

/**
 * Lets so many calls in a row fail; more than 20 = until healed. What waits for a time-out does so twice at most: each time
 * costs a real one.
 */
export function plan(
  rig: FaultRig,
  given: {
    readonly trouble: StorageTrouble;
    readonly rows: StorageRows;
    readonly times: number;
    readonly skip: number;
  },
): void {
  const { trouble, rows, skip } = given;
  const slow = trouble === 'silent' || trouble === 'mute' || (rows === 'sends' && given.times > 3);
  const times = slow ? Math.min(given.times, 2) : given.times > 20 ? Infinity : given.times;
  const proxy = rig.proxies[rows === 'sends' ? 'queue' : 'table'];
  // A queue's client has no short time-out.
  const fault: Fault = rows === 'sends' && slow ? { before: 'reset' } : storageTroubles[trouble];
  proxy.plan({ ...rules[rows], nth: skip + 1, times, fault });
}
