/** The part with another method in the place of one of its own. */
export function instead<T extends object, K extends keyof T>(part: T, method: K, replacement: T[K]): T {
  return new Proxy(part, {
    get(target, member) {
      if (member === method) return replacement;
      const value: unknown = Reflect.get(target, member, target);
      return typeof value === 'function' ? (...args: unknown[]): unknown => Reflect.apply(value, target, args) : value;
    },
  });
}
