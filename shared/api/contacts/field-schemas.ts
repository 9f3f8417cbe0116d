import { z } from '@hono/zod-openapi';

/** Longest texts, in characters: names as Outlook's forms take them, notes so that a contact fits a row. */
export const LONGEST_TEXT = 255;
export const LONGEST_NOTES = 20_000;
export const LONGEST_ID = 200;

/** Outlook keeps so many of each; more would be cut or refused there. [graph-facts 8] */
export const MOST_EMAILS = 3;
export const MOST_PHONES = { mobile: 1, business: 2, home: 2 } as const;
const MOST_CATEGORIES = 50;

const phoneKinds = ['mobile', 'business', 'home'] as const;
const addressKinds = ['business', 'home', 'other'] as const;

const part = z.string().trim().max(LONGEST_TEXT).nullable().default(null);

/** Tells every repetition among the entries of a list, each at its own place. */
function once<T>(keyOf: (entry: T) => string, message: string) {
  return (context: z.core.ParsePayload<T[]>): void => {
    const seen = new Set<string>();
    for (const [index, entry] of context.value.entries()) {
      const key = keyOf(entry);
      if (seen.has(key)) context.issues.push({ code: 'custom', message, path: [index], input: entry });
      seen.add(key);
    }
  };
}

/** Somebody at a domain, in any script. */
const EMAIL = /^[^\s@]{1,64}@[\p{L}\p{N}][\p{L}\p{N}.-]*\.[\p{L}\p{N}-]{2,}$/u;
const isEmail = (address: string): boolean => EMAIL.test(address);
const isPhone = (number: string): boolean => number.replaceAll(/\D/g, '').length >= 2;

/** As texts, and parts of a list's entries, stand in contacts: people write anything into Outlook. */
const anyText = z.string().trim();
const anyPart = anyText.nullable().default(null);

// What is too long is not looked at any closer.
const email = z.strictObject({
  address: anyText.min(1).max(320).pipe(z.string().refine(isEmail, 'must be an e-mail address')),
  name: part,
});
const phone = z.strictObject({
  number: anyText.min(1).max(50).pipe(z.string().refine(isPhone, 'must be a telephone number')),
  kind: z.enum(phoneKinds),
});
const address = z.strictObject({
  kind: z.enum(addressKinds),
  street: part,
  city: part,
  state: part,
  postalCode: part,
  country: part,
});

/** New entries of lists. */
export const newEntries = { emails: email, phones: phone, addresses: address };

export const REPEATED = 'is there already';
const MANY_EMAILS = `Outlook keeps ${MOST_EMAILS} e-mail addresses at most`;

function manyPhones<T extends { readonly kind: string }>(context: z.core.ParsePayload<T[]>): void {
  for (const kind of phoneKinds) {
    const most = MOST_PHONES[kind];
    if (context.value.filter((entry) => entry.kind === kind).length <= most) continue;
    const message = `Outlook keeps ${most} of kind "${kind}" at most`;
    context.issues.push({ code: 'custom', message, input: context.value });
  }
}

const oneOfEach = once(({ kind }: { readonly kind: string }) => kind, 'Outlook keeps one address of each kind');

export const emails = z
  .array(email)
  .max(MOST_EMAILS, MANY_EMAILS)
  .check(once((entry) => entry.address.toLowerCase(), REPEATED))
  .nullable()
  .optional();
export const phones = z.array(phone).check(manyPhones).nullable().optional();
export const addresses = z.array(address).check(oneOfEach).nullable().optional();

/** Of a contact that stands: what it holds may come back as it is; what is new is judged beside it. */
export const anyEmails = z
  .array(email.extend({ address: anyText, name: anyPart }))
  .max(MOST_EMAILS, MANY_EMAILS)
  .nullable()
  .optional();
export const anyPhones = z
  .array(phone.extend({ number: anyText }))
  .check(manyPhones)
  .nullable()
  .optional();
export const anyAddresses = z
  .array(address.extend({ street: anyPart, city: anyPart, state: anyPart, postalCode: anyPart, country: anyPart }))
  .check(oneOfEach)
  .nullable()
  .optional();

/** A day without a time. Outlook keeps none before 1604. */
export const birthday = z.iso
  .date({ error: 'must be a date: YYYY-MM-DD', abort: true })
  .refine((day) => day >= '1604-01-01', 'is too long ago for Outlook')
  .nullable()
  .optional();

export const categories = z
  .array(
    z
      .string()
      .trim()
      .min(1)
      .max(255)
      .regex(/^[^,]*$/, 'must have no comma'),
  )
  .max(MOST_CATEGORIES)
  .nullable()
  .optional();
