import { z } from '@hono/zod-openapi';
import { pageQuery } from '../paging.ts';
import { connectionParams, idParam, pageOf } from '../router/common-schemas.ts';
import {
  answer,
  badBody,
  conflict,
  describeRoute,
  jsonBody,
  missing,
  refusal,
  refusals,
  rejected,
} from '../router/create-router.ts';
import { problemWith } from '../router/answers.ts';
import { photoTypes } from './read-photo.ts';
import { contactCandidate, contactPatch, contactRequest, contactView } from './schemas.ts';

const tags = ['Contacts'];
const path = '/api/connections/{id}/contacts';
const one = `${path}/{contactId}` as const;
const params = connectionParams.extend({ contactId: idParam });
const commits = { commitsIn: 'contacts' };

const ambiguous = problemWith(
  '`contact_match_ambiguous`: several contacts share its e-mail or phone; see `candidates`. `first_sync_running`: see Retry-After. Or why the account cannot be written to',
  { candidates: z.array(contactCandidate).optional() },
);

export const listContacts = describeRoute({
  method: 'get',
  path,
  summary: 'List contacts by name',
  tags,
  request: {
    params: connectionParams,
    query: z.object({
      ...pageQuery,
      folder: z.string().min(1).max(500).optional().meta({
        description: "Graph's id of the folder, or `contacts` for the default one; 404 `folder_unknown` for another",
      }),
      email: z.string().min(1).max(320).optional().meta({ description: 'Has this address, in any case' }),
      phone: z.string().min(2).max(50).optional().meta({ description: 'Has this number, however it is written' }),
      q: z.string().min(1).max(100).optional().meta({
        description:
          'Words that are each a part of its names, company, job title or e-mail addresses, in any case and without accents; or, without a letter, 3 digits and more that are a part of one of its numbers',
      }),
    }),
  },
  responses: { 200: answer('A page of contacts', pageOf(contactView)), ...refusals, ...missing },
});

export const readContact = describeRoute({
  method: 'get',
  path: one,
  summary: 'Read a contact',
  tags,
  request: { params },
  responses: { 200: answer('The contact', contactView), ...refusals, ...missing },
});

/** Done again without an externalId it may find the contact that it made, and link to it. */
export const createContact = describeRoute(
  {
    method: 'post',
    operationId: 'createContact',
    path,
    summary: 'Make a contact, or link to the one that Outlook has',
    description:
      'The contact with this `externalId` is written as by PATCH. Else the only contact that has one of its e-mails (or, where none has, one of its phones) is linked: lists are united, empty values filled, and where both have a value Outlook keeps its own; yours is told as `contact.conflict`. Else a new one is made. It stands here at once, and goes to Outlook by itself.',
    tags,
    request: { params: connectionParams, body: jsonBody(contactRequest) },
    responses: {
      200: answer('A contact that was there, linked or written', contactView),
      201: answer('The new contact', contactView),
      ...refusals,
      ...missing,
      409: ambiguous,
      ...badBody,
    },
  },
  commits,
);

export const patchContact = describeRoute(
  {
    method: 'patch',
    operationId: 'updateContact',
    path: one,
    summary: 'Change a contact',
    description:
      'What is absent stays, null takes a value away, a list is replaced as a whole. It stands changed here at once, and goes to Outlook by itself.',
    tags,
    request: { params, body: jsonBody(contactPatch) },
    responses: {
      200: answer('The contact as it stands now', contactView),
      ...refusals,
      ...missing,
      ...conflict,
      ...badBody,
    },
  },
  commits,
);

export const deleteContact = describeRoute(
  {
    method: 'delete',
    operationId: 'deleteContact',
    path: one,
    summary: 'Delete a contact, in Outlook too',
    description:
      'It is gone here at once. Where somebody edited it in Outlook meanwhile it comes back, told as `contact.conflict`.',
    tags,
    request: { params },
    responses: { 204: { description: 'It is gone' }, ...refusals, ...missing, ...conflict },
  },
  commits,
);

export const undoContact = describeRoute(
  {
    method: 'post',
    operationId: 'undoContactMerge',
    path: `${one}/undo`,
    summary: 'Take back the last merge of a contact',
    description:
      'Writes the values that the last link or conflict overwrote, here and in Outlook. 409 `nothing_to_undo` where none was, or its fields were written since, here or in Outlook.',
    tags,
    request: { params },
    responses: { 200: answer('The contact as it stands now', contactView), ...refusals, ...missing, ...conflict },
  },
  commits,
);

const picture = { schema: z.string().meta({ format: 'binary' }) };

export const readContactPhoto = describeRoute({
  method: 'get',
  path: `${one}/photo`,
  summary: 'Read the photo of a contact',
  description: 'Read from Microsoft 365 for this answer, stored nowhere.',
  tags,
  request: { params },
  responses: {
    200: {
      description: 'The photo',
      content: Object.fromEntries([...photoTypes, 'application/octet-stream'].map((type) => [type, picture])),
    },
    ...refusals,
    404: refusal('There is no such contact, or it has no photo (`photo_none`)'),
    ...conflict,
    ...rejected,
  },
});
