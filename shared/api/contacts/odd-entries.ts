import { z } from 'zod';
import type { RequestFault } from '../../errors.ts';
import type { Fields } from '../../lib/json.ts';
import { toFaults } from '../router/validate-request.ts';
import { newEntries, REPEATED } from './field-schemas.ts';
import type { ContactPatch } from './schemas.ts';

const lists = ['emails', 'phones', 'addresses'] as const;
type List = (typeof lists)[number];
type Entry = Readonly<Record<string, string | null>>;

const trimmed = z.string().trim().nullable();
const entries = z.array(z.record(z.string(), trimmed)).catch([]);

/**
 * Faults of a patch's e-mails, numbers and addresses. What the contact holds already is none, whatever somebody wrote there: who
 * reads a list, changes one entry and writes it back must not be refused for the others.
 */
export function oddEntries(patch: ContactPatch, held: Fields): RequestFault[] {
  return lists.flatMap((list) => {
    const known = entries.parse(held[list]);
    const given: readonly Entry[] = patch[list] ?? [];
    return given.flatMap((entry, index) => [
      ...oddParts(list, { entry, index }, known),
      ...(list === 'emails' && isRepeated(given.slice(0, index + 1), known)
        ? [{ path: `body.emails.${index}`, message: REPEATED }]
        : []),
    ]);
  });
}

/** Faults of an entry's parts that no entry of the contact has so. */
function oddParts(
  list: List,
  { entry, index }: { readonly entry: Entry; readonly index: number },
  known: readonly Entry[],
): RequestFault[] {
  const place = `body.${list}.${index}`;
  const { error } = newEntries[list].safeParse(entry);
  const faults = error === undefined ? [] : toFaults(place, error);
  return faults.filter(({ path }) => {
    const part = path.slice(place.length + 1);
    return !known.some((each) => each[part] === entry[part]);
  });
}

/** Whether the last of these has its address once more than the contact itself has it. */
function isRepeated(given: readonly Entry[], known: readonly Entry[]): boolean {
  const key = given.at(-1)?.['address']?.toLowerCase();
  const count = (all: readonly Entry[]): number => all.filter((each) => each['address']?.toLowerCase() === key).length;
  return count(given) > Math.max(1, count(known));
}
