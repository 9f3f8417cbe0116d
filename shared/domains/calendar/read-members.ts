import { z } from 'zod';
import type { Json } from '../../lib/json.ts';

const said = z.string().nullish();

/** A person or a room as Graph names it. */
export const recipient = z.object({ emailAddress: z.object({ name: said, address: said }).nullish() });
export const status = z.object({ response: said });
export const attendee = recipient.extend({ type: said, status: status.nullish() });
export const place = z.object({ displayName: said, locationUri: said });

/** Null and an empty text are the same: Graph sends either. Undefined stays: nothing was said. */
export const text = (value: string | null | undefined): string | null | undefined => (value === '' ? null : value);

/** Who has called the meeting; null where nobody is named. */
export function readOrganizer(raw: z.output<typeof recipient> | null): Json {
  const { name, address } = raw?.emailAddress ?? {};
  return text(name) === null && text(address) === null
    ? null
    : { address: text(address) ?? null, name: text(name) ?? null };
}

/** Who is asked to come, and what each has answered; whatever words Graph has for it. */
export function readAttendees(raw: readonly (z.output<typeof attendee> | null)[]): Json {
  return raw.flatMap((one) => {
    const address = text(one?.emailAddress?.address) ?? null;
    const name = text(one?.emailAddress?.name) ?? null;
    if (address === null && name === null) return [];
    return [{ address, name, type: one?.type ?? 'required', response: one?.status?.response ?? 'none' }];
  });
}

const entry = z.object({ address: z.string().nullable(), name: z.string().nullish(), type: z.string().nullish() });

/** What tells one attendee from another: the address, whatever its case; of those without one the name. */
export function attendeeKey(value: Json): string {
  const read = entry.safeParse(value).data;
  return (read?.address ?? read?.name ?? JSON.stringify(value)).toLowerCase();
}

/** Whether an attendee is asked to come as before, whatever the answer is. */
export function isAsInvited(one: Json, other: Json): boolean {
  const [now, before] = [entry.safeParse(one).data, entry.safeParse(other).data];
  return (now?.type ?? 'required') === (before?.type ?? 'required');
}

/** Of one attendee told by both sides: theirs, which knows the answer; unless it is asked to come in another way. */
export const joinAttendees = (theirs: Json, ours: Json): Json | undefined =>
  isAsInvited(theirs, ours) ? theirs : undefined;
