import { z } from 'zod';
import { sameJson, type Fields, type Json } from '../../lib/json.ts';
import { emailKey } from './match.ts';

const emails = z.array(z.object({ address: z.string(), name: z.string().nullish() }));
const phones = z.array(z.object({ number: z.string(), kind: z.string() }));
const texts = z.array(z.string());

const plain = (text: string): string => text.replaceAll('\r\n', '\n').trim();

/** A value without what Exchange may make of it: spaces at its ends, how numbers are set, the order of a list. */
function essence(field: string, value: Json): Json {
  if (value === null || typeof value === 'string') return plain(value ?? '');
  if (field === 'emails') {
    const list = emails.safeParse(value).data ?? [];
    // Where nobody gives a name Exchange fills in the address.
    return list
      .map(({ address, name }) => `${emailKey(address)} ${name === address ? '' : plain(name ?? '')}`)
      .toSorted();
  }
  if (field === 'phones') {
    const list = phones.safeParse(value).data ?? [];
    return list.map(({ number, kind }) => `${kind} ${number.replaceAll(/[^\p{L}\p{N}+]/gu, '')}`).toSorted();
  }
  if (field === 'categories') return (texts.safeParse(value).data ?? []).map(plain).toSorted();
  if (field !== 'addresses' || !Array.isArray(value)) return value;
  return value.map((entry) => JSON.stringify(entry)).toSorted();
}

/** Whether a contact shows what was sent, for what it comes to: after a lost answer nothing else tells whether it arrived. */
export function sameFields(sent: Fields, present: Fields): boolean {
  return Object.entries(sent)
    .filter(([field]) => field !== 'externalId')
    .every(([field, value]) => sameJson(essence(field, value), essence(field, present[field] ?? null)));
}
