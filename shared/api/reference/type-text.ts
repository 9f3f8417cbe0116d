import { z } from 'zod';

const schemaShape = z.object({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  format: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  description: z.string().optional(),
});

type Schema = z.output<typeof schemaShape>;

/** A JSON schema as a person reads a type: `{ id: string, name?: string | null }`. */
export function typeText(schema: unknown, indent = ''): string {
  const read = schemaShape.safeParse(schema);
  if (!read.success) return 'any';
  const { $ref, enum: values, const: value } = read.data;
  if ($ref !== undefined) return orNull(read.data, $ref.slice($ref.lastIndexOf('/') + 1));
  if (values !== undefined) return values.map((each) => JSON.stringify(each)).join(' | ');
  if (value !== undefined) return JSON.stringify(value);
  const composed = combination(read.data, indent) ?? structure(read.data, indent);
  if (composed === null) return scalar(read.data);
  return orNull(read.data, composed);
}

const orNull = ({ type }: Schema, text: string): string =>
  Array.isArray(type) && type.includes('null') ? `${text} | null` : text;

/** What a schema says of its values beside their type: `1 to 200, usually 50`. */
export function limitsText(schema: unknown): string {
  const { minimum, maximum, default: usual } = schemaShape.safeParse(schema).data ?? {};
  const range = minimum === undefined || maximum === undefined ? [] : [`${minimum} to ${maximum}`];
  return [...range, ...(usual === undefined ? [] : [`usually ${JSON.stringify(usual)}`])].join(', ');
}

const describedAs = (schema: unknown): string => {
  const text = schemaShape.safeParse(schema).data?.description;
  return text === undefined ? '' : `  // ${text.replaceAll('`', '')}`;
};

function combination({ anyOf, oneOf, allOf }: Schema, indent: string): string | null {
  const either = anyOf ?? oneOf;
  if (either !== undefined) return either.map((option) => typeText(option, indent)).join(' | ');
  return allOf === undefined ? null : allOf.map((part) => typeText(part, indent)).join(' & ');
}

function structure({ properties, required, items, additionalProperties }: Schema, indent: string): string | null {
  if (properties !== undefined) return objectText(properties, required ?? [], indent);
  if (items !== undefined) return `${bracketed(typeText(items, indent))}[]`;
  if (additionalProperties === undefined || additionalProperties === false) return null;
  return `{ [name]: ${typeText(additionalProperties, indent)} }`;
}

function scalar({ type, format }: Schema): string {
  const names = typeof type === 'string' ? [type] : (type ?? ['any']);
  return names.map((name) => (name === 'string' ? (format ?? name) : name)).join(' | ');
}

const bracketed = (text: string): string => (/ [|&] /.test(text) && !text.startsWith('{') ? `(${text})` : text);

function objectText(
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[],
  indent: string,
): string {
  const deeper = `${indent}  `;
  const lines = Object.entries(properties).map(
    ([name, schema]) =>
      `${deeper}${name}${required.includes(name) ? '' : '?'}: ${typeText(schema, deeper)}${describedAs(schema)}`,
  );
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}
