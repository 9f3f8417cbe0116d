import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { startHost, type HostProcess } from '../../../infra/local/stack.ts';
import type { FaultRig } from './rig.ts';

const APP = fileURLToPath(new URL('../../..', import.meta.url));

/** The real functions host with the built app, as a process of its own that can be killed and started again. */
export class HostWorker {
  readonly #rig: FaultRig;
  readonly #settings: Readonly<Record<string, string>>;
  #host: HostProcess | null = null;

  /** `settings` beside those of the rig; the timers of what is synced run every other second. */
  constructor(rig: FaultRig, settings: Readonly<Record<string, string>> = {}) {
    this.#rig = rig;
    this.#settings = settings;
  }

  /** The address of the host that runs. */
  get url(): string {
    if (this.#host === null) throw new Error('no host runs');
    return this.#host.url;
  }

  /** Starts a host where none runs. Each has a timer lock of its own: the lock of a dead one holds for 15 s at least. */
  async start(): Promise<void> {
    this.#host ??= await startHost({
      port: 0,
      flags: ['--app', APP, '--hidden-after-crash', '3'],
      onLog: (line) => this.#rig.lines.push(line),
      settings: {
        ...this.#rig.environment,
        EMAIL_SYNC_SCHEDULE: '*/2 * * * * *',
        CONTACT_SYNC_SCHEDULE: '*/2 * * * * *',
        CALENDAR_SYNC_SCHEDULE: '*/2 * * * * *',
        ...this.#settings,
        AzureFunctionsWebHost__hostid: randomUUID().slice(0, 24),
      },
    });
    this.#rig.front.retarget(this.#host.url);
  }

  /** At once, as a crash does; `gone` waits for the end. */
  kill(): void {
    if (this.#host !== null) process.kill(this.#host.pid, 'SIGKILL');
  }

  /** Waits until a killed host has ended. */
  async gone(): Promise<void> {
    await this.#host?.ended;
    this.#host = null;
  }

  async close(): Promise<void> {
    await this.#host?.close();
    this.#host = null;
  }
}
