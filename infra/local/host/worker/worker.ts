import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorText, type Log, type LogLevel } from '../log.ts';
import type { AppFolder } from '../settings/app-settings.ts';
import { findEntryFiles } from './entry-files.ts';
import { provideCore } from './intercept.ts';
import { Registry } from './registry.ts';
import type { HookName } from './types.ts';

const TERMINATE_GRACE_MS = 5_000;

/** The part that Azure runs in a process of its own: it loads the app and knows what the app has registered. */
export class Worker {
  readonly registry = new Registry();
  readonly #app: AppFolder;
  readonly #log: Log;
  /** Shared by the hooks of start and end. */
  readonly #appLevelHookData: Record<string, unknown> = {};
  #capabilities: Record<string, string> = {};

  constructor(app: AppFolder, log: Log) {
    this.#app = app;
    this.#log = log;
  }

  /** Where the app takes streamed requests; undefined when it has not called for streaming. */
  get httpUri(): string | undefined {
    return this.#capabilities['HttpUri'];
  }

  /**
   * Loads the app and runs its `appStart` hooks. An error while loading counts only if a function was registered before
   * it: else the app is simply empty, with the error in the log. Throws what stops the start.
   */
  async start(): Promise<void> {
    provideCore(this.#core());
    process.chdir(this.#app.path);
    const loadError = await this.#load();
    await this.runHooks('appStart', { hookData: this.#appLevelHookData, functionAppDirectory: this.#app.path });
    this.#capabilities = (await this.registry.model?.getCapabilities({})) ?? {};
    this.registry.lock();
    if (loadError === undefined) return;
    this.#system('error', `Worker was unable to load the app: ${errorText(loadError.cause)}`);
    if (this.registry.functions.size > 0) throw new Error('The app could not be loaded.', loadError);
    this.#system('error', '0 functions: the error above came before the first function was registered.');
  }

  /** Runs the `appTerminate` hooks, for 5 seconds at most; errors in them are logged. */
  async terminate(): Promise<void> {
    const hooks = this.runHooks('appTerminate', { hookData: this.#appLevelHookData }).catch((error: unknown) => {
      this.#system('error', `appTerminate failed: ${errorText(error)}`);
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#system('warning', `appTerminate did not end within ${TERMINATE_GRACE_MS} ms`);
        resolve();
      }, TERMINATE_GRACE_MS);
    });
    await Promise.race([hooks, late]);
    clearTimeout(timer);
  }

  /** Calls the hooks of a name in order, awaiting each. The first that throws ends it. */
  async runHooks(name: HookName, context: object): Promise<void> {
    Object.assign(context, { appHookData: this.registry.appHookData });
    for (const hook of this.registry.hooks(name)) await hook(context);
  }

  #core(): object {
    const { registry } = this;
    return {
      version: '3.9.1',
      hostVersion: '4.1037.0',
      setProgrammingModel: registry.setProgrammingModel.bind(registry),
      getProgrammingModel: () => registry.model,
      registerFunction: registry.registerFunction.bind(registry),
      registerHook: registry.registerHook.bind(registry),
      log: (level: LogLevel, category: string, message: string) => {
        this.#log({ level, category: category === 'system' ? 'Worker' : 'Function', message });
      },
    };
  }

  async #load(): Promise<{ cause: unknown } | undefined> {
    const { main, path } = this.#app;
    if (main === undefined) return { cause: new Error('package.json has no "main".') };
    try {
      const files = await findEntryFiles(path, main);
      if (files.length === 0) throw new Error(`Found zero files matching the supplied pattern "${main}".`);
      for (const file of files) await this.#loadFile(file);
      return undefined;
    } catch (error) {
      return { cause: error };
    }
  }

  async #loadFile(file: string): Promise<void> {
    const extension = extname(file);
    if (extension === '.mjs' || (this.#app.isModule && extension !== '.cjs')) await import(pathToFileURL(file).href);
    else createRequire(join(this.#app.path, 'package.json'))(file);
  }

  #system(level: LogLevel, message: string): void {
    this.#log({ level, category: 'Worker', message });
  }
}
