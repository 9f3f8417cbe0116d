import type { Config } from '../config.ts';
import type { Connection } from '../engine/connection.ts';
import type { ConnectionStore, SecretStore, SlotLease, SlotStore } from '../engine/directory-ports.ts';
import type { Source } from '../engine/ports.ts';
import type { SignIn, Sources, SubscriptionSources } from '../engine/remote-ports.ts';
import type { Clock } from '../lib/clock.ts';
import { withFacts, type Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import { systemSleep, type Sleep } from '../lib/sleep.ts';
import { GraphCaller } from './caller.ts';
import { growingBackoff, type Backoff } from './retry-after.ts';
import { openSignIn } from './sign-in.ts';
import { GraphSource } from './source.ts';
import { noSlot, subscriptionsOver } from './subscriptions.ts';
import { Tokens } from './tokens.ts';

/** What Graph is opened with. */
export interface GraphParts {
  readonly connections: ConnectionStore;
  readonly secrets: SecretStore;
  readonly slots: SlotStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sleep?: Sleep;
  /** For head and body of one answer of Graph; 30 s unless told. */
  readonly timeoutMs?: number;
}

export interface Graph {
  readonly sources: Sources;
  readonly signIn: SignIn;
  readonly subscriptions: SubscriptionSources;
}

const TIMEOUT_MS = 30_000;
const MOST_BACKOFFS = 10_000;

/** The settings that Graph needs. */
export type GraphSettings = Pick<Config, 'microsoft' | 'publicBaseUrl'> & {
  readonly sync: Pick<Config['sync'], 'leaseMs'>;
};

/** Everything that speaks to Microsoft; once per worker, since tokens and waits are remembered between jobs. */
export function openGraph(config: GraphSettings, parts: GraphParts): Graph {
  const { microsoft, publicBaseUrl, sync } = config;
  const sleep = parts.sleep ?? systemSleep;
  const tokens = new Tokens({ ...parts, sleep, leaseMs: sync.leaseMs, settings: microsoft });
  const backoffs = backoffsByMailbox(parts.random);
  const open = (connection: Connection, lease: SlotLease, backoff: Backoff): Source => {
    const caller = new GraphCaller({
      origin: microsoft.graphBaseUrl,
      access: tokens.accessOf(connection),
      lease,
      timeoutMs: parts.timeoutMs ?? TIMEOUT_MS,
      clock: parts.clock,
      log: withFacts(parts.log, { 'connection.id': connection.id }),
      backoff,
    });
    return new GraphSource(caller, parts.slots, connection.account);
  };
  return {
    sources: { open: (connection, lease) => open(connection, lease, backoffs(connection)) },
    signIn: openSignIn({ settings: microsoft, publicBaseUrl, random: parts.random }),
    subscriptions: {
      open: (connection) => subscriptionsOver(open(connection, noSlot, growingBackoff(parts.random))),
    },
  };
}

/** Waits grow over jobs, not within one: a throttled job ends. */
function backoffsByMailbox(random: Random): (connection: Connection) => Backoff {
  const known = new Map<string, Backoff>();
  return ({ account }) => {
    const key = `${account.tenantId} ${account.objectId}`;
    const backoff = known.get(key) ?? growingBackoff(random);
    known.set(key, backoff);
    const [oldest] = known.keys();
    if (known.size > MOST_BACKOFFS && oldest !== undefined) known.delete(oldest);
    return backoff;
  };
}
