import { blobTimerStore, memoryTimerStore } from './timers/status.ts';
import { createQueueListener } from './queues/queue-listener.ts';
import type { WakeUp } from './queues/wake-up.ts';
import type { Executor } from './execution.ts';
import type { Listener } from './listener.ts';
import { errorMessage, type Log } from './log.ts';
import type { HostOptions } from './options.ts';
import { RouteTable } from './routing/table.ts';
import type { HostSettings } from './settings/host-json.ts';
import { isDisabled, type Environment } from './settings/resolve.ts';
import type { Connections } from './storage/connections.ts';
import { createTimerListener } from './timers/timer-listener.ts';
import type { BindingInfo, RegisteredFunction } from './worker/types.ts';

const HOSTS_CONTAINER = 'azure-webjobs-hosts';
const FUNCTION_NAME = /^[a-z][a-z0-9_-]{0,127}$/i;

export interface IndexParts {
  readonly options: HostOptions;
  readonly settings: HostSettings;
  readonly environment: Environment;
  readonly connections: Connections;
  readonly wakeUp: WakeUp;
  readonly hostId: string;
  readonly executor: Executor;
  readonly log: Log;
}

export interface Index {
  readonly table: RouteTable;
  readonly listeners: readonly Listener[];
  /** Those that the host has taken, in the order of their registration. */
  readonly functions: readonly RegisteredFunction[];
}

/** Takes every function that the host can run. What it refuses is logged as an error, and the others run. */
export function indexFunctions(registered: Iterable<RegisteredFunction>, parts: IndexParts): Index {
  const table = new RouteTable(parts.settings.http.routePrefix);
  const listeners: Listener[] = [];
  const functions: RegisteredFunction[] = [];
  for (const item of registered) {
    const { name } = item.metadata;
    try {
      if (isDisabled(name, parts.environment)) {
        parts.log({ level: 'warning', category: 'Host.Startup', message: `The function '${name}' is disabled.` });
        continue;
      }
      const listener = take(item, table, parts);
      if (listener !== undefined) listeners.push(listener);
      functions.push(item);
    } catch (error) {
      parts.log({
        level: 'error',
        category: 'Host.Startup',
        message: `The '${name}' function is in error: ${errorMessage(error)}`,
      });
    }
  }
  return { table, listeners, functions };
}

function take(item: RegisteredFunction, table: RouteTable, parts: IndexParts): Listener | undefined {
  const { name, bindings } = item.metadata;
  if (!FUNCTION_NAME.test(name) || name.toLowerCase() === 'host')
    throw new Error(`'${name}' is not a valid function name.`);
  const trigger = Object.entries(bindings).find(([, { type }]) => /trigger$/i.test(type));
  if (trigger === undefined) throw new Error('It has no trigger.');
  assertKnownBindings(bindings);
  switch (trigger[1].type.toLowerCase()) {
    case 'httptrigger':
      table.add(item, trigger[1]);
      return undefined;
    case 'timertrigger':
      return createTimerListener(item, trigger, { ...parts, ...timerStorage(name, parts) });
    case 'queuetrigger':
      if (item.metadata.retryOptions !== undefined) {
        parts.log({
          level: 'warning',
          category: 'Host.Startup',
          message: `Soon retries will not be supported for function '${name}'. For more information, see the trigger's own redelivery.`,
        });
      }
      return createQueueListener(item, trigger, {
        ...parts,
        settings: parts.settings.queues,
        hiddenSeconds: parts.options.hiddenSeconds,
      });
    default:
      throw new Error(`The local host has no trigger of type '${trigger[1].type}'.`);
  }
}

function assertKnownBindings(bindings: Readonly<Record<string, BindingInfo>>): void {
  const unknown = Object.values(bindings).find(
    ({ type, direction }) => !/trigger$/i.test(type) && !(direction === 'out' && ['http', 'queue'].includes(type)),
  );
  if (unknown === undefined) return;
  throw new Error(`The local host has no binding of type '${unknown.type}', direction '${unknown.direction}'.`);
}

function timerStorage(name: string, { connections, hostId, options, log }: IndexParts) {
  const container = connections.blobs()?.getContainerClient(HOSTS_CONTAINER);
  if (container === undefined) return { store: memoryTimerStore(), lock: undefined };
  return {
    store: blobTimerStore(container, hostId, name),
    lock: {
      container,
      name: `locks/${hostId}/Host.Functions.${name}.Listener`,
      seconds: options.lockSeconds,
      pollSeconds: options.lockPollSeconds,
      log,
    },
  };
}
