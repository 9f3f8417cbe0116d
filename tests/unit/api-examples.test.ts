import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeApi } from '../../shared/api/reference/describe-api.ts';
import { readApiDocument, schemaContract } from '../support/api-contract.ts';
import { apiPorts } from '../support/api-ports.ts';

const document = readApiDocument(describeApi(apiPorts()));
const { schemas } = document.components;
const shown = Object.entries(schemas).filter(([, schema]) => 'example' in schema);
const named = z.object({ $ref: z.string() });
const content = z.object({ schema: z.looseObject({}) });

/** The schema of a JSON body or answer, and of a page that of its items. */
function nameOf(media: unknown): string[] {
  const schema = content.safeParse(media).data?.schema ?? {};
  const items = z.object({ properties: z.object({ items: z.object({ items: named }) }) }).safeParse(schema).data;
  const ref = named.safeParse(schema).data ?? items?.properties.items.items;
  return ref === undefined ? [] : [ref.$ref.split('/').at(-1) ?? ''];
}

/** What the routes of calendars take and give, by name. */
const ofCalendars = Object.entries(document.paths)
  .filter(([path]) => /calendar|events|free-busy|oauth\/(sessions|microsoft\/select)/.test(path))
  .flatMap(([, methods]) => Object.values(methods))
  .flatMap((operation) => [
    ...Object.entries(operation.responses).flatMap(([status, answer]) =>
      status.startsWith('2') ? nameOf(answer.content?.['application/json']) : [],
    ),
    ...nameOf(
      z.object({ content: z.looseObject({}) }).safeParse(operation['requestBody']).data?.content['application/json'],
    ),
  ]);

describe('examples', () => {
  it('are many', () => {
    expect(shown.length).toBeGreaterThan(12);
  });

  it.each(shown)('of %s are as it is described', (name, schema) => {
    expect(schemaContract(document, name)(schema['example'])).toEqual([]);
  });

  it.each([...new Set(ofCalendars)])('stand at %s, which calendars take or give', (name) => {
    expect(schemas[name]).toHaveProperty('example');
  });

  it('are looked for at what calendars take and give', () => {
    expect(ofCalendars).toEqual(
      expect.arrayContaining([
        'Calendar',
        'CalendarSelection',
        'CalendarStatistics',
        'Event',
        'EventRequest',
        'EventPatch',
      ]),
    );
    expect(ofCalendars).toEqual(
      expect.arrayContaining([
        'EventCancellation',
        'EventReply',
        'FreeBusy',
        'CalendarFeed',
        'NewCalendarFeed',
        'CalendarSession',
      ]),
    );
  });
});
