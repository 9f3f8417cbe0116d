import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { z } from 'zod';

const response = z.looseObject({ description: z.string(), content: z.record(z.string(), z.unknown()).optional() });
const operation = z.looseObject({
  summary: z.string(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional() })).optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  responses: z.record(z.string(), response),
});
const documentSchema = z.looseObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.looseObject({ title: z.string().min(1), version: z.string().min(1) }),
  servers: z.array(z.looseObject({ url: z.url() })),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  paths: z.record(
    z.string().startsWith('/'),
    z
      .record(z.enum(['get', 'post', 'put', 'patch', 'delete']), operation)
      .or(z.partialRecord(z.enum(['get', 'post', 'put', 'patch', 'delete']), operation)),
  ),
  components: z.looseObject({
    schemas: z.record(z.string(), z.record(z.string(), z.unknown())),
    securitySchemes: z.record(z.string(), z.unknown()),
  }),
});
export type ApiDocument = z.output<typeof documentSchema>;

/** The app's own description of its API; throws where it has not the shape of OpenAPI 3.1. */
export const readApiDocument = (value: unknown): ApiDocument => documentSchema.parse(value);

const escape = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1');

/** What an answer is, as far as it is described. */
export interface SeenAnswer {
  readonly method: string;
  /** Below the origin, without query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly json: unknown;
}

/** Holds answers to the document: path and method known or refused, status named, content type and body as described. */
export function apiContract(document: ApiDocument): (answer: SeenAnswer) => string[] {
  const compile = compilerOf(document);
  const paths = Object.keys(document.paths).map((template) => ({ template, segments: template.split('/') }));
  return ({ method, path, status, contentType, json }) => {
    // A slash at the end means nothing to the host.
    const segments = path.replace(/\/$/, '').split('/');
    const template = paths.find((one) => fits(one.segments, segments))?.template;
    const described = template === undefined ? undefined : lookUp(document, template, method);
    // What is not described is refused, and refusals are problems that the tests read themselves.
    if (template === undefined || described === undefined)
      return status >= 400 ? [] : [`answers ${status}, and is not described at all`];
    const answer = described.responses[String(status)];
    if (answer === undefined) return [`answers ${status}, which its description does not name`];
    if (answer.content === undefined) return [];
    const type = Object.keys(answer.content).find((one) => contentType.startsWith(one));
    if (type === undefined) return [`answers ${status} as ${contentType}, which its description does not name`];
    if (!type.endsWith('json')) return [];
    const pointer = ['paths', template, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
    const validate = compile(pointer.map(escape).map(encodeURIComponent).join('/'));
    return validate(json)
      ? []
      : (validate.errors ?? []).map((error) => `body${error.instancePath} ${error.message ?? 'is wrong'}`);
  };
}

/** Holds values to one of the document's named schemas; answers what is wrong. */
export function schemaContract(document: ApiDocument, name: string): (value: unknown) => string[] {
  const validate = compilerOf(document)(`components/schemas/${escape(name)}`);
  return (value) =>
    validate(value)
      ? []
      : (validate.errors ?? []).map((error) => `${name}${error.instancePath} ${error.message ?? 'is wrong'}`);
}

/** Compiles the document's schema at a pointer, each once. */
function compilerOf(document: ApiDocument): (pointer: string) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'api');
  const compiled = new Map<string, ValidateFunction>();
  return (pointer) => {
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `api#/${pointer}` });
    compiled.set(pointer, validate);
    return validate;
  };
}

const lookUp = (document: ApiDocument, template: string, method: string): z.output<typeof operation> | undefined =>
  Object.entries(document.paths[template] ?? {}).find(([name]) => name === method.toLowerCase())?.[1];

const fits = (template: readonly string[], segments: readonly string[]): boolean =>
  template.length === segments.length &&
  template.every((part, index) => (part.startsWith('{') ? segments[index] !== '' : part === segments[index]));

/** What is wrong with the document beyond its shape: references, schemas, places of paths, security, summaries. */
export function documentFaults(document: ApiDocument): string[] {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const faults: string[] = [];
  walk(document, '#', (node, at) => {
    const { $ref, schema } = node;
    if (typeof $ref === 'string' && !resolves(document, $ref))
      faults.push(`${at} refers to ${$ref}, which is not there`);
    if (typeof schema === 'object' && schema !== null && ajv.validateSchema(schema) !== true)
      faults.push(`${at}/schema is no JSON schema`);
  });
  for (const [name, schema] of Object.entries(document.components.schemas))
    if (ajv.validateSchema(schema) !== true) faults.push(`the schema ${name} is no JSON schema`);
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, one] of Object.entries(operations))
      faults.push(...operationFaults(document, path, one).map((fault) => `${method} ${path} ${fault}`));
  return faults;
}

function operationFaults(document: ApiDocument, path: string, one: z.output<typeof operation>): string[] {
  const places = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '');
  const declared = (one.parameters ?? []).filter((parameter) => parameter.in === 'path');
  const schemes = [...document.security, ...(one.security ?? [])].flatMap(Object.keys);
  return [
    ...places
      .filter((name) => !declared.some((parameter) => parameter.name === name && parameter.required === true))
      .map((name) => `does not declare ${name}`),
    ...declared
      .filter((parameter) => !places.includes(parameter.name))
      .map(({ name }) => `declares ${name}, which its path lacks`),
    ...(Object.keys(one.responses).some((status) => /^[23]/.test(status)) ? [] : ['names no success']),
    ...schemes
      .filter((name) => !Object.hasOwn(document.components.securitySchemes, name))
      .map((name) => `asks for ${name}, which is no scheme`),
  ];
}

function walk(value: unknown, at: string, visit: (node: Readonly<Record<string, unknown>>, at: string) => void): void {
  if (Array.isArray(value)) {
    for (const [index, inner] of value.entries()) walk(inner, `${at}/${index}`, visit);
    return;
  }
  const node = z.record(z.string(), z.unknown()).safeParse(value);
  if (!node.success) return;
  visit(node.data, at);
  for (const [name, inner] of Object.entries(node.data)) walk(inner, `${at}/${escape(name)}`, visit);
}

function resolves(document: ApiDocument, reference: string): boolean {
  let at: unknown = document;
  for (const part of reference.replace(/^#\//, '').split('/')) {
    const node = z.record(z.string(), z.unknown()).safeParse(at);
    at = node.success ? node.data[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  }
  return at !== undefined;
}
