import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Stands beside the project on the machines that have it. */
export const GRAPH_DOCUMENT = join(import.meta.dirname, '../../../../shared/reference/graph-openapi.json');

const reference = z.object({ $ref: z.string() });
const parameter = z.object({
  name: z.string(),
  in: z.enum(['query', 'header', 'path']),
  required: z.boolean().default(false),
  schema: z.unknown(),
});
export type Parameter = z.output<typeof parameter>;

const content = z.record(z.string(), z.object({ schema: z.unknown() }));
const operation = z.object({
  parameters: z.array(z.union([reference, parameter])).default([]),
  requestBody: z.object({ required: z.boolean().default(false), content }).optional(),
  responses: z.record(z.string(), z.unknown()),
  'x-odata-kind': z.string().optional(),
  'x-unsupported-query-options': z.array(z.string()).default([]),
});
export type Operation = z.output<typeof operation>;

const documentSchema = z.object({
  'x-absent-on-purpose': z.record(z.string(), z.string()).default({}),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({
    parameters: z.record(z.string(), parameter),
    responses: z.record(z.string(), z.unknown()),
    schemas: z.record(z.string(), z.unknown()),
  }),
});

/** Graph's own description, as far as requests are held to it. */
export type GraphDocument = z.output<typeof documentSchema>;

/** Null where the file is not at hand. */
export const readGraphDocument = (file: string = GRAPH_DOCUMENT): GraphDocument | null =>
  existsSync(file) ? documentSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;

/** An operation's own parameters; those of the path's template are checked by matching it. */
export const parametersOf = (document: GraphDocument, { parameters }: Operation): Parameter[] =>
  parameters.flatMap((one) => ('$ref' in one ? (document.components.parameters[lastOf(one.$ref)] ?? []) : [one]));

const lastOf = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);

const schemaShape = z.object({
  title: z.string().optional(),
  $ref: z.string().optional(),
  allOf: z.array(z.unknown()).default([]),
  properties: z.record(z.string(), z.unknown()).default({}),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
});

/** What a schema knows, with all that it is made of taken together. `open` = it takes members of any name. */
export interface Shape {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly items: unknown;
  readonly open: boolean;
}

/** The members of a schema; null where it does not say (no object, no list). */
export function shapeOf(document: GraphDocument, schema: unknown): Shape | null {
  const read = schemaShape.safeParse(schema);
  if (!read.success) return null;
  const { title, $ref, allOf, properties, items, additionalProperties } = read.data;
  const parts = [...($ref === undefined ? [] : [document.components.schemas[lastOf($ref)]]), ...allOf].flatMap(
    (part) => shapeOf(document, part) ?? [],
  );
  const open = (additionalProperties ?? false) !== false || parts.some((part) => part.open);
  return {
    properties: Object.fromEntries([...parts.map((part) => part.properties), properties].flatMap(Object.entries)),
    items: items ?? parts.find((part) => part.items !== undefined)?.items,
    open: open && !closed.has(title ?? ''),
  };
}

/** Open only to schema extensions that an application registers, and ours has none: another member is a slip of the pen. */
const closed: ReadonlySet<string> = new Set(['message', 'event', 'contact', 'user']);

/** The schema of one item that a 200 brings: the entity, or the items of its `value`. */
export function itemShapeOf(document: GraphDocument, { responses }: Operation): Shape | null {
  const found = responses['200'] ?? responses['201'];
  const named = reference.safeParse(found);
  const answer = named.success ? document.components.responses[lastOf(named.data.$ref)] : found;
  const schema = z.object({ content }).safeParse(answer).data?.content['application/json']?.schema;
  const shape = shapeOf(document, schema);
  const items = shape === null ? undefined : shapeOf(document, shape.properties['value'])?.items;
  return items === undefined ? shape : shapeOf(document, items);
}
