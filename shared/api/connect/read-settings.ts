import { z } from 'zod';
import type { RequestFault } from '../../errors.ts';
import type { Fields } from '../../lib/json.ts';
import type { DomainRegistry } from '../ports.ts';
import { toFaults } from '../router/validate-request.ts';

/** Settings as a request brings them; what is inside is for the domains to read. */
export const settingsByDomain = z.record(z.string(), z.record(z.string(), z.unknown()));

/** Settings by domain as their domains read them, and every fault in them. Domains that are not given keep their usual ones. */
export function readSettings(
  registry: DomainRegistry,
  given: Readonly<Record<string, unknown>>,
  domains: readonly string[],
): { read: Record<string, Fields>; faults: RequestFault[] } {
  const read: Record<string, Fields> = {};
  const faults: RequestFault[] = [];
  for (const [name, value] of Object.entries(given)) {
    const entry = Object.hasOwn(registry, name) && domains.includes(name) ? registry[name] : undefined;
    if (entry === undefined) {
      faults.push({ path: `body.settings.${name}`, message: 'is not among the domains of the connection' });
      continue;
    }
    const result = entry.settings.safeParse(value);
    if (result.success) read[name] = result.data;
    else faults.push(...toFaults(`body.settings.${name}`, result.error));
  }
  return { read, faults };
}
