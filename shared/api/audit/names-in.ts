import { z } from 'zod';

/** Names kept of one body, and their length: what is written about may be large, the audit is not. */
const MOST_NAMES = 50;
const LONGEST = 100;
const DEEPEST = 3;

const objectShape = z.record(z.string(), z.unknown());

/** Names of the members that a body sets, down to three levels: `settings.mail.folders`. Never a value. */
export function namesIn(body: unknown): string[] {
  return walk(body, '', DEEPEST)
    .map((name) => name.slice(0, LONGEST))
    .slice(0, MOST_NAMES);
}

function walk(value: unknown, prefix: string, depth: number): string[] {
  const members = Array.isArray(value) ? null : objectShape.safeParse(value).data;
  if (members === null || members === undefined || depth === 0) return prefix === '' ? [] : [prefix];
  return Object.entries(members).flatMap(([name, inner]) =>
    walk(inner, prefix === '' ? name : `${prefix}.${name}`, depth - 1),
  );
}
