import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeApi } from '../../shared/api/reference/describe-api.ts';
import { readApiDocument, schemaContract } from '../support/api-contract.ts';
import { apiPorts } from '../support/api-ports.ts';

const document = readApiDocument(describeApi(apiPorts()));
const { schemas } = document.components;
const named = z.object({ $ref: z.string() });
const content = z.object({ schema: z.looseObject({}) });
const page = z.object({ properties: z.object({ items: z.object({ items: z.looseObject({}) }) }) });

/** The body, the answer, or the item of a page, that a route takes or gives, where it has a name. */
function nameOf(media: unknown): string[] {
  const schema = content.safeParse(media).data?.schema ?? {};
  const ref = named.safeParse(page.safeParse(schema).data?.properties.items.items ?? schema).data;
  return ref === undefined ? [] : [ref.$ref.split('/').at(-1) ?? ''];
}

/** What all routes take and give, by name. */
const used = Object.values(document.paths)
  .flatMap((methods) => Object.values(methods))
  .flatMap((operation) => [
    ...Object.values(operation.responses).flatMap(({ content: given }) => Object.values(given ?? {}).flatMap(nameOf)),
    ...nameOf(
      z.object({ content: z.looseObject({}) }).safeParse(operation['requestBody']).data?.content['application/json'],
    ),
  ]);

describe('every schema that the API shows', () => {
  it.each(Object.entries(schemas))('%s has an example that is as it is described', (name, schema) => {
    expect(schema).toHaveProperty('example');
    expect(schemaContract(document, name)(schema['example'])).toEqual([]);
  });

  it('is among these', () => {
    for (const name of used) expect(schemas).toHaveProperty(name);
    const some = ['Calendar', 'Change', 'Connection', 'Contact', 'Event', 'Message', 'NewEndpoint', 'Problem'];
    expect(used).toEqual(expect.arrayContaining(some));
  });

  it('is no description that anything fits', () => {
    expect(schemaContract(document, 'Message')({ id: 'x' })).not.toEqual([]);
  });
});
