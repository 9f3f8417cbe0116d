import type { OpenAPIHono } from '@hono/zod-openapi';

/** A route that writes, as the audit knows it. */
export interface Operation {
  readonly id: string;
  /** The parts of its path; a place is `{name}`. */
  readonly path: readonly string[];
}

/** Names a route by its method and path, where it names itself not: `patch /api/connections/{id}` is `patchConnection`. */
export function operationIdOf(method: string, path: string): string {
  const parts = path.replace(/^\/api\//, '').split('/');
  const words = parts.flatMap((part, index) => {
    if (part.startsWith('{')) return [];
    const single = parts[index + 1]?.startsWith('{') === true;
    return (single ? singular(part) : part).split(/[^A-Za-z0-9]+/);
  });
  return [method.toLowerCase(), ...words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))].join('');
}

/** `deliveries` -> `delivery`, `connections` -> `connection`. */
export const singular = (word: string): string =>
  word.endsWith('ies') ? `${word.slice(0, -3)}y` : word.replace(/s$/, '');

/** The route of a registry that takes this method at this path; undefined where none does. */
export function findOperation(
  registry: Pick<OpenAPIHono['openAPIRegistry'], 'definitions'>,
  method: string,
  path: string,
): Operation | undefined {
  const parts = path.split('/');
  for (const definition of registry.definitions) {
    if (definition.type !== 'route' || definition.route.method !== method.toLowerCase()) continue;
    const template = definition.route.path.split('/');
    const fits =
      template.length === parts.length &&
      template.every((part, index) => part.startsWith('{') || part === parts[index]);
    if (fits)
      return { id: definition.route.operationId ?? operationIdOf(method, definition.route.path), path: template };
  }
  return undefined;
}
