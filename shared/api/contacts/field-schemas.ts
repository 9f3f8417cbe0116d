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
export const isEmail = (address: string): boolean => EMAIL.test(address);
export const isPhone = (number: string): boolean => number.replaceAll(/\D/g, '').length >= 2;
export const NO_EMAIL = 'must be an e-mail address';
export const NO_PHONE = 'must be a telephone number';

const anyAddress = z.string().trim().min(1).max(320);
const anyNumber = z.string().trim().min(1).max(50);

const emailsOf = (address: z.ZodType<string>) =>
  z
    .array(z.strictObject({ address, name: part }))
    .max(MOST_EMAILS, `Outlook keeps ${MOST_EMAILS} e-mail addresses at most`)
    .check(once((entry) => entry.address.toLowerCase(), 'is there already'))
    .nullable()
    .optional();

const phonesOf = (number: z.ZodType<string>) =>
  z
    .array(z.strictObject({ number, kind: z.enum(phoneKinds) }))
    .check((context) => {
      for (const kind of phoneKinds) {
        const most = MOST_PHONES[kind];
        if (context.value.filter((entry) => entry.kind === kind).length <= most) continue;
        const message = `Outlook keeps ${most} of kind "${kind}" at most`;
        context.issues.push({ code: 'custom', message, input: context.value });
      }
    })
    .nullable()
    .optional();

// What is too long is not looked at any closer.
export const emails = emailsOf(anyAddress.pipe(z.string().refine(isEmail, NO_EMAIL)));
export const phones = phonesOf(anyNumber.pipe(z.string().refine(isPhone, NO_PHONE)));

/** Of a contact that stands: people write anything into Outlook, and what they wrote may come back as it is. */
export const anyEmails = emailsOf(anyAddress);
export const anyPhones = phonesOf(anyNumber);

const address = z.strictObject({
  kind: z.enum(addressKinds),
  street: part,
  city: part,
  state: part,
  postalCode: part,
  country: part,
});

export const addresses = z
  .array(address)
  .check(once(({ kind }) => kind, 'Outlook keeps one address of each kind'))
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
