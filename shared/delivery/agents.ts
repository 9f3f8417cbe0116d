import { lookup as systemLookup } from 'node:dns';
import type { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { addressFault } from './target.ts';

/** A name means an address that nothing may be sent to. */
export class RefusedAddressError extends Error {
  readonly code = 'REFUSED_ADDRESS';
}

/** Connections to one receiver at once (more than a worker has jobs: who waited for one would run out of time), and those kept open. */
const MOST_OPEN = 64;
const MOST_IDLE = 2;
/** Under the 5 s after which a usual server closes: a request must not meet a connection that is being closed. */
const IDLE_MS = 4_000;

export interface Agents {
  readonly https: Agent;
  readonly http: Agent;
}

export interface AgentOptions {
  readonly allowPrivate: boolean;
  /** What finds a name's addresses; the system's by default. */
  readonly lookup?: LookupFunction;
  /** Certificates that are trusted besides the usual ones. */
  readonly ca?: string;
}

/**
 * Agents that judge the very addresses that a connection is then made to, so that a name which changes its meaning between
 * two look-ups gains nothing. Two judges: ours, and the library's, which has a list of its own.
 */
export function openAgents({ allowPrivate, lookup = systemLookup, ca }: AgentOptions): Agents {
  const common = {
    keepAlive: true,
    maxSockets: MOST_OPEN,
    maxFreeSockets: MOST_IDLE,
    timeout: IDLE_MS,
    allowPrivateIPAddress: allowPrivate,
  };
  const judged = (clear: boolean): LookupFunction => judgedLookup(lookup, allowPrivate, clear);
  return {
    https: new RequestFilteringHttpsAgent({ ...common, lookup: judged(false), ...(ca === undefined ? {} : { ca }) }),
    http: new RequestFilteringHttpAgent({ ...common, lookup: judged(true) }),
  };
}

/** One refused address among several is enough: which of them is connected to is not ours to choose. */
function judgedLookup(lookup: LookupFunction, allowPrivate: boolean, clear: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      if (error !== null) {
        callback(error, address, family);
        return;
      }
      const found = typeof address === 'string' ? [address] : address.map((one) => one.address);
      const fault = found.map((one) => addressFault(one, allowPrivate, clear)).find((one) => one !== null);
      if (fault === undefined) callback(null, address, family);
      else callback(new RefusedAddressError(fault), '', 0);
    });
  };
}
