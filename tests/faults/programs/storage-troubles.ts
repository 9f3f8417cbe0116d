import type { Fault, FaultRule, MadeUpAnswer, SeenRequest } from '../../support/fault-plan.ts';
import type { FaultRig } from '../plan/rig.ts';

type Refusal = (status: number, code: string) => MadeUpAnswer;

const ofTables: Refusal = (status, code) => ({
  status,
  body: { 'odata.error': { code, message: { lang: 'en-US', value: code } } },
});
const ofQueues: Refusal = (status, code) => ({
  status,
  headers: { 'content-type': 'application/xml', 'x-ms-error-code': code },
  body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
});

const troublesBy = (refusal: Refusal) =>
  ({
    busy: { before: refusal(503, 'ServerBusy') },
    broken: { before: refusal(500, 'InternalError') },
    timedOut: { before: refusal(500, 'OperationTimedOut') },
    reset: { before: 'reset' },
    silent: { before: 'hang' },
    lost: { applied: refusal(503, 'ServerBusy') },
    lostTimeout: { applied: refusal(500, 'OperationTimedOut') },
    cut: { applied: 'reset' },
    half: { applied: 'cut' },
    mute: { applied: 'hang' },
  }) as const satisfies Readonly<Record<string, Fault>>;

/** What Table Storage or a queue does wrong, by name. */
const storageTroubles = { table: troublesBy(ofTables), queue: troublesBy(ofQueues) };
export type StorageTrouble = keyof typeof storageTroubles.table;
const isTrouble = (name: string): name is StorageTrouble => name in storageTroubles.table;
export const storageTroubleNames: readonly StorageTrouble[] = Object.keys(storageTroubles.table).filter(isTrouble);

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
 * costs a real one. A send is one call where it waits, and up to three where it is refused.
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
  const slow = trouble === 'silent' || trouble === 'mute';
  const times = slow ? Math.min(given.times, 2) : given.times > 20 ? Infinity : given.times;
  const service = rows === 'sends' ? 'queue' : 'table';
  const proxy = rig.proxies[service];
  const fault: Fault = storageTroubles[service][trouble];
  proxy.plan({ ...rules[rows], nth: skip + 1, times, fault });
}
