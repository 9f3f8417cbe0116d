import { z } from 'zod';
import type { Fields, Json } from '../../lib/json.ts';
import { fold } from './fold.ts';
import { phoneKey } from './match.ts';

const entryShape = z.record(z.string(), z.json());
const said = (value: Json | undefined): value is string => typeof value === 'string' && value !== '';

/** Their entry, with the parts that it lacks and ours has; undefined where a part that both have is told as another. */
function joinParts(theirs: Json, ours: Json, parts: readonly string[]): Fields | undefined {
  const [known, given] = [entryShape.safeParse(theirs).data, entryShape.safeParse(ours).data];
  if (known === undefined || given === undefined) return undefined;
  const joined: Record<string, Json> = { ...known };
  for (const part of parts) {
    const [own, other] = [known[part], given[part]];
    if (!said(own)) joined[part] = other ?? null;
    else if (said(other) && fold(own) !== fold(other)) return undefined;
  }
  return joined;
}

/** Two entries of one e-mail address: written as theirs, with the name that one of them has. */
export const joinEmails = (theirs: Json, ours: Json): Json | undefined => joinParts(theirs, ours, ['name']);

/** Two postal addresses of one kind, where neither contradicts the other. */
export const joinAddresses = (theirs: Json, ours: Json): Json | undefined =>
  joinParts(theirs, ours, ['street', 'city', 'state', 'postalCode', 'country']);

const numbered = z.object({ number: z.string() });

/** One number that is written in two ways stays as theirs; there is one mobile number, so that two may contradict each other. */
export const joinPhones =
  (region: string | undefined) =>
  (theirs: Json, ours: Json): Json | undefined => {
    const [known, given] = [numbered.safeParse(theirs).data, numbered.safeParse(ours).data];
    if (known === undefined || given === undefined) return undefined;
    const key = phoneKey(known.number, region);
    return key !== '' && key === phoneKey(given.number, region) ? theirs : undefined;
  };
