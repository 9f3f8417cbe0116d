import {
  HOOK_NAMES,
  type FunctionCallback,
  type FunctionMetadata,
  type HookCallback,
  type HookName,
  type ProgrammingModel,
  type RegisteredFunction,
} from './types.ts';

/** An error that the library takes for the runtime's own, not the app's. */
function systemError<Kind extends Error>(error: Kind): Kind {
  return Object.assign(error, { isAzureFunctionsSystemError: true });
}

/** What an app has registered: functions, hooks, the programming model. Locked when the app has started. */
export class Registry {
  /** Lives as long as the worker; hooks share it. */
  readonly appHookData: Record<string, unknown> = {};
  readonly functions = new Map<string, RegisteredFunction>();
  readonly #hooks = new Map<HookName, Set<HookCallback>>(HOOK_NAMES.map((name) => [name, new Set()]));
  #model: ProgrammingModel | undefined;
  #locked = false;

  get model(): ProgrammingModel | undefined {
    return this.#model;
  }

  setProgrammingModel(model: ProgrammingModel): void {
    this.#assertOpen('A programming model can only be set during app startup.');
    this.#model = model;
  }

  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): { dispose(): void } {
    this.#assertOpen('A function can only be registered during app startup.');
    const id = metadata.name;
    if (this.functions.has(id)) {
      throw systemError(new Error(`A function with id "${id}" has already been registered.`));
    }
    this.functions.set(id, { metadata, callback });
    return { dispose: () => void this.functions.delete(id) };
  }

  registerHook(name: string, callback: HookCallback): { dispose(): void } {
    const known = HOOK_NAMES.find((candidate) => candidate === name);
    const hooks = known === undefined ? undefined : this.#hooks.get(known);
    if (hooks === undefined) throw systemError(new RangeError(`Unrecognized hook "${name}"`));
    hooks.add(callback);
    return { dispose: () => void hooks.delete(callback) };
  }

  hooks(name: HookName): readonly HookCallback[] {
    return [...(this.#hooks.get(name) ?? [])];
  }

  lock(): void {
    this.#locked = true;
  }

  #assertOpen(message: string): void {
    if (this.#locked) throw systemError(new Error(message));
  }
}
