import { z } from 'zod';
import type { RegisteredFunction } from '../worker/types.ts';
import { compileRoute, type Route, type RouteValues } from './route.ts';

export const AUTH_LEVELS = ['anonymous', 'function', 'admin'] as const;
export type AuthLevel = (typeof AUTH_LEVELS)[number];

export interface HttpFunction {
  readonly name: string;
  readonly route: Route;
  /** Upper case. */
  readonly methods: readonly string[];
  readonly authLevel: AuthLevel;
  readonly registered: RegisteredFunction;
}

const trigger = z.object({
  route: z.string().optional(),
  methods: z.array(z.string()).optional(),
  authLevel: z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(AUTH_LEVELS))
    .prefault('function'),
});

const DEFAULT_METHODS = ['GET', 'POST'];

/** The HTTP functions of an app, asked in the order of the real host: by name, and the first that fits has it. */
export class RouteTable {
  readonly #functions: HttpFunction[] = [];
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get functions(): readonly HttpFunction[] {
    return this.#functions;
  }

  /** Adds a function, or throws with the reason for which the host refuses it. */
  add(registered: RegisteredFunction, binding: unknown): HttpFunction {
    const { name } = registered.metadata;
    const { authLevel, ...options } = trigger.parse(binding);
    const template = (options.route ?? name).replace(/^\/+|\/+$/g, '');
    if (/^(admin|runtime)/i.test(template)) {
      throw new Error(`The specified route conflicts with one or more built in routes: '${template}'.`);
    }
    const route = compileRoute([this.#prefix, template].filter((part) => part !== '').join('/'));
    const methods = (options.methods ?? DEFAULT_METHODS).map((method) => method.toUpperCase());
    const added = { name, route, methods, authLevel, registered };
    this.#assertUnique(added);
    this.#functions.push(added);
    this.#functions.sort((a, b) => compare(a.name.toUpperCase(), b.name.toUpperCase()));
    return added;
  }

  /** The method is a part of the route: a path that fits with another method is as good as none. */
  find(method: string, path: string): { found: HttpFunction; values: RouteValues } | undefined {
    for (const found of this.#functions) {
      const values = found.methods.includes(method) ? found.route.match(path) : undefined;
      if (values !== undefined) return { found, values };
    }
    return undefined;
  }

  #assertUnique({ name, route, methods }: HttpFunction): void {
    const twin = this.#functions.find(
      (other) =>
        other.route.template.toLowerCase() === route.template.toLowerCase() &&
        other.methods.some((method) => methods.includes(method)),
    );
    if (twin !== undefined) {
      throw new Error(`The route '${route.template}' of '${name}' conflicts with that of '${twin.name}'.`);
    }
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
