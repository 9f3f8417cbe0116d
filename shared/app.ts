import type { ApiPorts } from './api/ports.ts';
import type { Config } from './config.ts';
import { ConfigError } from './errors.ts';
import type { JobPorts } from './jobs/ports.ts';

/** All parts of one worker, put together. */
export interface App extends Omit<ApiPorts, 'config'>, Omit<JobPorts, 'config'> {
  readonly config: Config;
}

let opened: Promise<App> | undefined;

/** The app of this worker: opened at the first call, once. An opening that failed is tried again by the next call. */
export function getApp(): Promise<App> {
  opened ??= openApp().catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

/** Puts the real parts together. Opens no connection: each part does so at its first use. */
function openApp(): Promise<App> {
  return Promise.reject(new ConfigError('The parts of the store are not there yet'));
}
