import { z } from '@hono/zod-openapi';
import {
  addresses,
  anyAddresses,
  anyEmails,
  anyPhones,
  birthday,
  categories,
  emails,
  LONGEST_ID,
  LONGEST_NOTES,
  LONGEST_TEXT,
  phones,
} from './field-schemas.ts';

/** A contact in lists and alone. Kinds of phones and addresses may be ones that are not known yet. */
export const contactView = z
  .object({
    id: z.string().meta({ description: 'Ours; stays the same wherever the contact is moved' }),
    graphId: z.string().nullable().meta({ description: "Graph's immutable id; null until Outlook has the contact" }),
    externalId: z.string().nullable().meta({ description: "The application's own id; Outlook does not show it" }),
    folderId: z.string().nullable().meta({ description: "Graph's id of the folder; see the list of contact folders" }),
    displayName: z.string().nullable(),
    givenName: z.string().nullable(),
    surname: z.string().nullable(),
    companyName: z.string().nullable(),
    jobTitle: z.string().nullable(),
    emails: z.array(z.object({ address: z.string().nullable(), name: z.string().nullable() })),
    phones: z.array(z.object({ number: z.string(), kind: z.string().meta({ description: 'mobile, business, home' }) })),
    addresses: z.array(
      z.object({
        kind: z.string().meta({ description: 'business, home, other' }),
        street: z.string().nullable(),
        city: z.string().nullable(),
        state: z.string().nullable(),
        postalCode: z.string().nullable(),
        country: z.string().nullable(),
      }),
    ),
    birthday: z.string().nullable().meta({ format: 'date' }),
    notes: z.string().nullable(),
    categories: z.array(z.string()),
    pushed: z.enum(['done', 'pending', 'failed']).meta({
      description:
        '`done`: Outlook has it as it stands here; `pending`: a write is on its way; `failed`: Outlook refused the last one',
    }),
  })
  .openapi('Contact', {
    example: {
      ...{ id: 'hQ2rT5yU8iO1pA4sD7fG0j', graphId: 'AAkALgAAAAAAHYQDEapmEc2byACqAC', externalId: 'crm-4711' },
      ...{ folderId: 'AAMkAGI2TGuMAAA=', displayName: 'Grace Hopper', givenName: 'Grace', surname: 'Hopper' },
      ...{ companyName: 'US Navy', jobTitle: 'Rear Admiral' },
      emails: [{ address: 'grace@navy.example', name: 'Grace Hopper' }],
      phones: [{ number: '+1 202 555 0147', kind: 'mobile' }],
      addresses: [
        { kind: 'business', street: null, city: 'Arlington', state: 'VA', postalCode: '22201', country: 'USA' },
      ],
      ...{ birthday: '1906-12-09', notes: null, categories: ['Customer'], pushed: 'done' },
    },
  });
export type ContactView = z.output<typeof contactView>;

export const contactFolderView = z
  .object({
    id: z.string().meta({ description: "Graph's id of the folder" }),
    name: z.string(),
    wellKnownName: z.string().nullable().meta({ description: '`contacts` for the default folder' }),
    parentId: z.string().nullable(),
    totalCount: z.number().int().nullable().meta({ description: 'Contacts that are here; Microsoft counts none' }),
    unreadCount: z.number().int().nullable().meta({ description: 'Always null: contacts are not read' }),
    synced: z.boolean().meta({ description: 'Whether its contacts are synced' }),
  })
  .openapi('ContactFolder', {
    example: {
      ...{ id: 'AAMkAGI2TGuMAAA=', name: 'Contacts', wellKnownName: 'contacts', parentId: null },
      ...{ totalCount: 120, unreadCount: null, synced: true },
    },
  });
export type ContactFolderView = z.output<typeof contactFolderView>;

const text = z.string().trim().max(LONGEST_TEXT).nullable().optional();
const folderId = z.string().min(1).max(500).optional();
const externalId = z.string().trim().min(1).max(LONGEST_ID).nullable().optional();

/** What an application may write of a contact. Null, or an empty text, takes a value away; a list is replaced as a whole. */
const writable = {
  displayName: text,
  givenName: text,
  surname: text,
  companyName: text,
  jobTitle: text,
  emails,
  phones,
  addresses,
  birthday,
  notes: z.string().max(LONGEST_NOTES).nullable().optional(),
  categories,
};

/** One of these must tell who it is. */
const telling = ['displayName', 'givenName', 'surname', 'companyName', 'emails', 'phones'] as const;

const example = {
  externalId: 'crm-4711',
  displayName: 'Grace Hopper',
  givenName: 'Grace',
  surname: 'Hopper',
  companyName: 'US Navy',
  emails: [{ address: 'grace@navy.example', name: 'Grace Hopper' }],
  phones: [{ number: '+1 202 555 0147', kind: 'mobile' as const }],
  addresses: [{ kind: 'business' as const, city: 'Arlington', state: 'VA', country: 'USA' }],
  birthday: '1906-12-09',
  categories: ['Customer'],
};

export const contactRequest = z
  .strictObject({
    externalId,
    folderId: folderId.meta({
      description: "Graph's id of a contact folder, or `contacts`; without it the default folder",
    }),
    match: z
      .enum(['none'])
      .optional()
      .meta({ description: '`none` makes a new contact, whichever share its e-mail or phone' }),
    ...writable,
  })
  .refine((contact) => telling.some((field) => (contact[field] ?? '').length > 0), {
    message: `needs one of ${telling.join(', ')}`,
  })
  .openapi('ContactRequest', { example });
export type ContactRequest = z.output<typeof contactRequest>;

export const contactPatch = z
  .strictObject({
    externalId,
    folderId: folderId.meta({
      description: 'Moves it to this contact folder; refused where its photo cannot be taken along',
    }),
    ...writable,
    emails: anyEmails,
    phones: anyPhones,
    addresses: anyAddresses,
  })
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), 'names nothing to change')
  .openapi('ContactPatch', {
    example: { jobTitle: 'Rear Admiral', notes: null, emails: [{ address: 'grace@navy.example', name: null }] },
  });
export type ContactPatch = z.output<typeof contactPatch>;

export const contactCandidate = z
  .object({
    id: z.string(),
    displayName: z.string().nullable(),
    matched: z
      .array(z.object({ by: z.enum(['email', 'phone']), value: z.string() }))
      .meta({ description: 'What was sent that this contact has too' }),
  })
  .openapi('ContactCandidate', {
    example: {
      ...{ id: 'hQ2rT5yU8iO1pA4sD7fG0j', displayName: 'Grace Hopper' },
      matched: [{ by: 'email', value: 'grace@navy.example' }],
    },
  });
export type ContactCandidate = z.output<typeof contactCandidate>;
