import type { ApiPorts } from './api/ports.ts';
import { loadConfig, type Config } from './config.ts';
import { openDelivery } from './delivery/open.ts';
import { calendarDomain } from './domains/calendar/index.ts';
import { unlistedCalendars } from './domains/calendar/resources.ts';
import { calendarFields } from './domains/calendar/settings.ts';
import { contacts } from './domains/contacts/index.ts';
import { contactFields } from './domains/contacts/settings.ts';
import { mail } from './domains/mail/index.ts';
import { mailSettingsRequest } from './domains/mail/settings.ts';
import { unlistedFolders } from './domains/mail/unlisted.ts';
import { appendChanges } from './engine/append.ts';
import type { DeliveryTransport } from './engine/delivery-ports.ts';
import { openGraphLazily } from './graph/lazy.ts';
import { announcing } from './jobs/deliveries/announce.ts';
import type { RunPorts } from './jobs/ports.ts';
import { systemClock, type Clock } from './lib/clock.ts';
import { systemEvery } from './lib/every.ts';
import type { Fields } from './lib/json.ts';
import { currentLog, jsonLog, type Log } from './lib/log.ts';
import { systemRandom, type Random } from './lib/random.ts';
import { openStore, type StoreParts } from './store/open.ts';

/** All parts of one worker, put together. */
export interface App extends Omit<ApiPorts, 'config'>, Omit<RunPorts, 'config' | 'domains'> {
  readonly config: Config;
}

/** What a test, or another host, may bring of its own. */
export interface AppParts {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
  /** What sends deliveries. */
  readonly transport?: DeliveryTransport;
  /** Other time-outs and pauses of the stores than the usual ones. */
  readonly timing?: StoreParts['timing'];
}

let opened: Promise<App> | undefined;

/** The app of this worker: opened at the first call, once. An opening that failed is tried again by the next call. */
export function getApp(): Promise<App> {
  opened ??= openWorker();
  return opened;
}

async function openWorker(): Promise<App> {
  try {
    return await Promise.resolve(openApp(loadConfig()));
  } catch (error) {
    opened = undefined;
    throw error;
  }
}

/** Puts the real parts together. Sends nothing: each part opens what it needs at its first use. */
export function openApp(config: Config, parts: AppParts = {}): App {
  const { clock = systemClock, random = systemRandom, log = workerLog, timing = {} } = parts;
  const stores = openStore(config, { clock, random, log, timing });
  const { partitions, wakes, ...directory } = stores;
  const graph = openGraphLazily(config, { ...directory, clock, random, log });
  const delivery = openDelivery({ allowPrivate: config.deliveries.allowPrivateTargets, secrets: stores.secrets });
  const engine = { store: partitions, wake: wakes, clock, random, log };
  return {
    config,
    ...engine,
    ...directory,
    every: systemEvery,
    sources: graph.sources,
    signIn: graph.signIn,
    remoteSubscriptions: graph.subscriptions,
    transport: parts.transport ?? delivery,
    targets: delivery,
    domains: {
      mail: {
        domain: mail,
        settings: mailSettingsRequest.transform((read): Fields => read),
        unlisted: unlistedFolders,
      },
      contacts: { domain: contacts, settings: contactFields },
      calendar: {
        domain: calendarDomain({ window: config.calendarWindow, clock }),
        settings: calendarFields,
        unlisted: unlistedCalendars,
      },
    },
    appendChanges: announcing({ ...engine, ...directory }, (scope, changes, once) =>
      appendChanges(engine, scope, changes, once),
    ),
  };
}

/** Outside of an invocation the host takes lines from the process's output; the level stands in the line. */
const workerLog: Log = currentLog(
  jsonLog((level, line) => {
    process.stdout.write(`${level} ${line}\n`);
  }),
);
