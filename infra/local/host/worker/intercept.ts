import Module from 'node:module';

const SPECIFIER = '@azure/functions-core';

/**
 * Makes `require('@azure/functions-core')` answer `core`, in the whole process and for that specifier alone, in the way
 * of the real worker: by CommonJS `require` only, never by `import`. Must run before the app is loaded.
 */
export function provideCore(core: object): void {
  const original: unknown = Reflect.get(Module.prototype, 'require');
  if (typeof original !== 'function') throw new Error('This Node.js has no Module.prototype.require');
  const proxy = new Proxy(original, {
    apply: (target, self, args: unknown[]): unknown =>
      args[0] === SPECIFIER ? core : Reflect.apply(target, self, args),
  });
  Reflect.set(Module.prototype, 'require', proxy);
}
