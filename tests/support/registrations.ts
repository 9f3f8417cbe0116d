import Module from 'node:module';
import { z } from 'zod';

/** A function as the app registers it with the Functions worker. */
export interface Registration {
  readonly name: string;
  readonly type: string;
  readonly route: string | null;
  readonly methods: readonly string[];
}

const metadata = z.object({
  name: z.string(),
  bindings: z.record(
    z.string(),
    z.looseObject({ type: z.string(), route: z.string().optional(), methods: z.array(z.string()).optional() }),
  ),
});

let registered: Promise<readonly Registration[]> | undefined;

/** What the app's entry registers with the worker. It is loaded once, with the least that can stand for the worker. */
export const readRegistrations = (): Promise<readonly Registration[]> => (registered ??= load());

async function load(): Promise<readonly Registration[]> {
  const found: Registration[] = [];
  const core = {
    setProgrammingModel: () => undefined,
    registerFunction: (given: unknown) => {
      found.push(toRegistration(given));
      return {};
    },
    registerHook: () => ({}),
    log: () => undefined,
  };
  const original: unknown = Reflect.get(Module.prototype, 'require');
  if (typeof original !== 'function') throw new Error('there is no require to stand in for');
  // The worker hands out its core by exactly this way.
  Object.defineProperty(Module.prototype, 'require', {
    configurable: true,
    writable: true,
    value: function (this: unknown, id: string): unknown {
      return id === '@azure/functions-core' ? core : Reflect.apply(original, this, [id]);
    },
  });
  try {
    await import('../../functions/main.ts');
  } finally {
    Object.defineProperty(Module.prototype, 'require', { configurable: true, writable: true, value: original });
  }
  return found;
}

function toRegistration(given: unknown): Registration {
  const { name, bindings } = metadata.parse(given);
  const trigger = Object.values(bindings).find((binding) => binding.type.endsWith('Trigger'));
  return { name, type: trigger?.type ?? '', route: trigger?.route ?? null, methods: trigger?.methods ?? [] };
}

/** The function that the host would give this request: sorted by name without case, the first route that fits wins. */
export function chooseFunction(registrations: readonly Registration[], method: string, path: string): string | null {
  const sorted = registrations.toSorted((a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()));
  const found = sorted.find(
    ({ route, methods }) => route !== null && methods.includes(method) && routePattern(`api/${route}`).test(path),
  );
  return found?.name ?? null;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The part of ASP.NET Core's route templates that the app uses: `{id}`, `{id?}`, `{*rest}`; no case, no trailing slash. */
function routePattern(route: string): RegExp {
  const parts = route.split('/').map((segment) => {
    if (/^\{\*\w+\}$/.test(segment)) return '(?:/.*)?';
    if (/^\{\w+\?\}$/.test(segment)) return '(?:/[^/]+)?';
    if (/^\{\w+\}$/.test(segment)) return '/[^/]+';
    return `/${segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}`;
  });
  return new RegExp(`^${parts.join('')}/?$`, 'i');
}
