import type { Fault, SeenRequest } from '../../support/fault-plan.ts';
import { kindOf, services, type Call, type Service } from './calls.ts';
import type { FaultRig } from './rig.ts';

/** What happens at a call. `stopped` and `killed` end the worker there; the others only spoil this one call. */
export const modes = ['refused', 'reset', 'lost', 'cut', 'stopped-before', 'stopped-after'] as const;
export type Mode = (typeof modes)[number] | 'killed-before' | 'killed-after';

const faults: Readonly<Record<Mode, Fault>> = {
  refused: { before: { status: 503 } },
  reset: { before: 'reset' },
  lost: { applied: { status: 503 } },
  cut: { applied: 'reset' },
  'stopped-before': { before: 'reset' },
  'stopped-after': { applied: 'reset' },
  'killed-before': { before: 'reset' },
  'killed-after': { applied: 'reset' },
};

export interface Trap {
  readonly sprung: boolean;
  /** Nothing gets through any more: for the outside world the worker is dead. */
  readonly dead: boolean;
  readonly met: Promise<void>;
}

/**
 * Lets one call meet its fault, once. `mine` tells the calls of the case from others; `kill` ends the worker's process, before
 * the server sees the call, or once it has answered and before the worker hears of it.
 */
export function setTrap(
  rig: FaultRig,
  target: { readonly call: Call; readonly mode: Mode },
  mine: (service: Service, request: SeenRequest) => boolean,
  kill: () => void = () => undefined,
): Trap {
  const { call, mode } = target;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const state = { sprung: false, dead: false };
  if (mode.startsWith('stopped')) {
    for (const service of services)
      rig.proxies[service].plan({ when: () => state.dead, times: Infinity, fault: { before: 'reset' } });
  }
  const spring = (): void => {
    state.sprung = true;
    state.dead = mode.startsWith('stopped');
    if (mode === 'killed-before') kill();
    if (mode !== 'killed-after') resolve(undefined);
  };
  let ordinal = 0;
  const when = (request: SeenRequest): boolean => {
    if (state.sprung || !mine(call.service, request) || kindOf(call.service, request) !== call.kind) return false;
    if (++ordinal !== call.ordinal) return false;
    spring();
    return true;
  };
  const after = (): void => {
    kill();
    resolve(undefined);
  };
  const fault: Fault = mode === 'killed-after' ? { call: { after } } : faults[mode];
  rig.proxies[call.service].plan({ when, fault });
  return {
    met: promise,
    get sprung() {
      return state.sprung;
    },
    get dead() {
      return state.dead;
    },
  };
}
