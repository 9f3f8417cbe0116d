import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import { shapeOf, type GraphDocument, type Operation } from './document.ts';

const fields = z.record(z.string(), z.unknown());
const component = (name: string): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });

/** Checks bodies against the description: types by ajv, and each member's name against those that its type has. */
export function bodyChecker(document: GraphDocument): (operation: Operation, body: unknown) => string[] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat('base64', true);
  // Edm.TimeOfDay has no zone.
  ajv.addFormat('time', /^\d\d:\d\d:\d\d(\.\d+)?$/);
  ajv.addSchema(fields.parse(jsonSchema({ components: document.components })), 'graph');
  const compiled = new Map<unknown, ValidateFunction>();
  const validatorOf = (schema: unknown): ValidateFunction => {
    const known = compiled.get(schema) ?? ajv.compile(fields.parse(jsonSchema(schema, 'graph')));
    compiled.set(schema, known);
    return known;
  };
  return (operation, given) => {
    const schema = operation.requestBody?.content['application/json']?.schema;
    if (schema === undefined) return given === undefined ? [] : ['takes no body'];
    if (given === undefined) return operation.requestBody?.required === true ? ['needs a body'] : [];
    const body = operation['x-odata-kind'] === 'action' ? asDeclared(document, schema, given) : given;
    const validate = validatorOf(schema);
    const types = validate(body)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `body${instancePath} ${message ?? 'is wrong'}`);
    return [...types, ...strangers(document, schema, { value: body, at: 'body' })];
  };
}

/** OpenAPI 3.0 as JSON Schema: `allOf` beside `nullable` becomes a choice, and references lead into the whole document. */
function jsonSchema(value: unknown, root = ''): unknown {
  if (Array.isArray(value)) return value.map((inner) => jsonSchema(inner, root));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => [
    name,
    name === '$ref' && typeof inner === 'string' ? `${root}${inner}` : jsonSchema(inner, root),
  ]);
  const schema = new Map(entries);
  if (schema.get('nullable') !== true || schema.has('type')) return Object.fromEntries(entries);
  schema.delete('nullable');
  return { anyOf: [Object.fromEntries(schema), { type: 'null' }] };
}

/** Action parameters are declared in upper camel case; the documents write them lower, and the service takes both. */
function asDeclared(document: GraphDocument, schema: unknown, body: unknown): unknown {
  const given = fields.safeParse(body);
  const names = Object.keys(shapeOf(document, schema)?.properties ?? {});
  if (!given.success) return body;
  return Object.fromEntries(
    Object.entries(given.data).map(([name, value]) => [
      names.find((known) => known.toLowerCase() === name.toLowerCase()) ?? name,
      value,
    ]),
  );
}

/** Members that the type does not have, at any depth. Annotations (`@odata.type`, `list@odata.bind`) are no members. */
function strangers(
  document: GraphDocument,
  schema: unknown,
  { value, at }: { readonly value: unknown; readonly at: string },
): string[] {
  const shape = shapeOf(document, derived(value) ?? schema);
  if (shape === null) return [];
  if (Array.isArray(value))
    return value.flatMap((inner, index) =>
      strangers(document, shape.items, { value: inner, at: `${at}[${String(index)}]` }),
    );
  const members = fields.safeParse(value);
  if (!members.success || Object.keys(shape.properties).length === 0) return [];
  return Object.entries(members.data).flatMap(([name, inner]) => {
    if (name.includes('@odata.')) return [];
    if (Object.hasOwn(shape.properties, name))
      return strangers(document, shape.properties[name], { value: inner, at: `${at}.${name}` });
    return shape.open ? [] : [`${at}.${name} is no member of it`];
  });
}

/** The type that a value names itself, where the property's type has derived ones. */
function derived(value: unknown): { $ref: string } | null {
  const name = z.object({ '@odata.type': z.string() }).safeParse(value).data?.['@odata.type'];
  return name === undefined ? null : component(name.replace(/^#/, ''));
}
