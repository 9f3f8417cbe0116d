import { z } from 'zod';
import { parseJson } from '../lib/json.ts';
import type { LookupStore } from './directory-ports.ts';

/** A look-up that ends with the connection that it belongs to, whatever it is for. */
export interface OwnLookup {
  readonly kind: string;
  readonly key: string;
  readonly value: string;
}
const ownSchema = z.object({ kind: z.string(), key: z.string(), value: z.string() });

/** Under which a connection's own look-ups are noted, by its id. */
const OWN = 'own';

const noteOf = ({ kind, key, value }: OwnLookup): string => JSON.stringify({ kind, key, value });

/** Adds a look-up that belongs to a connection. The note of it comes first: what stands is found when the connection leaves. */
export async function addOwn(lookups: LookupStore, connectionId: string, own: OwnLookup): Promise<void> {
  await lookups.add(OWN, connectionId, noteOf(own));
  await lookups.add(own.kind, own.key, own.value);
}

export async function removeOwn(lookups: LookupStore, connectionId: string, own: OwnLookup): Promise<void> {
  await lookups.remove(own.kind, own.key, own.value);
  await lookups.remove(OWN, connectionId, noteOf(own));
}

/** Removes all look-ups of a connection. May be done again, so that it goes on after a crash. */
export async function dropOwn(lookups: LookupStore, connectionId: string): Promise<void> {
  for (const note of await lookups.find(OWN, connectionId)) {
    const own = ownSchema.safeParse(parseJson(note)).data;
    if (own !== undefined) await lookups.remove(own.kind, own.key, own.value);
    await lookups.remove(OWN, connectionId, note);
  }
}
