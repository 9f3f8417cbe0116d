import { Marked } from 'marked';
import { z } from 'zod';
import { escapeHtml } from '../connect/pages.ts';
import { limitsText, typeText } from './type-text.ts';

const content = z.record(z.string(), z.object({ schema: z.unknown() })).optional();
const operationShape = z.object({
  summary: z.string().default(''),
  description: z.string().default(''),
  tags: z.array(z.string()).default(['Other']),
  security: z.array(z.unknown()).optional(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().default(false),
        schema: z.unknown(),
        description: z.string().default(''),
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content })),
});
type Operation = z.output<typeof operationShape>;

const documentShape = z.object({
  info: z.object({ title: z.string(), description: z.string().default('') }),
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()).default({}) }),
});

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h2{margin-top:2.5rem;border-bottom:1px solid #8886}details{margin:.4rem 0;border:1px solid #8884;border-radius:6px;padding:.4rem .8rem}
summary{cursor:pointer}summary b{display:inline-block;min-width:4.5rem}code,pre{font:13px/1.45 ui-monospace,monospace}
pre{background:#8881;padding:.6rem;border-radius:6px;overflow:auto}td,th{padding:.1rem .8rem .1rem 0;vertical-align:top;text-align:left}
table{display:block;overflow-x:auto}h1,h2,h3,summary,p,li{overflow-wrap:anywhere}h3{margin:1.6rem 0 .3rem}
@media(prefers-color-scheme:dark){body{color:#eee;background:#1b1b1b}}`;

/** A reference to read, made of an OpenAPI document; it needs nothing from anywhere else. */
export function renderReference(document: unknown): string {
  const { info, paths, components } = documentShape.parse(document);
  const groups = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0] ?? 'Other';
      groups.set(tag, [...(groups.get(tag) ?? []), renderOperation(method, path, operation, components.schemas)]);
    }
  }
  const sections = [...groups].map(([tag, parts]) => `<h2>${escapeHtml(tag)}</h2>\n${parts.join('\n')}`);
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details id="${escapeHtml(name)}"><summary><code>${escapeHtml(name)}</code></summary>${pre(schema)}${sample(schema)}</details>`,
  );
  return htmlPage(
    info.title,
    `<h1>${escapeHtml(info.title)}</h1>\n${guideHtml(info.description)}\n${sections.join('\n')}\n<h2>Types</h2>\n${schemas.join('\n')}`,
  );
}

/** The guide is our own Markdown; its headings stand below those of the groups of routes. */
const guideHtml = (markdown: string): string =>
  new Marked({ async: false }).parse(markdown.replaceAll(/^## /gm, '### '), { async: false });

/** A whole page around this content. */
export const htmlPage = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body>${body}</body></html>`;

function renderOperation(
  method: string,
  path: string,
  operation: Operation,
  types: Readonly<Record<string, unknown>>,
): string {
  const parameters = operation.parameters.map(
    ({ name, in: place, required, schema, description }) =>
      `<tr><td><code>${escapeHtml(name)}</code></td><td>${escapeHtml(place)}${required ? '' : ', optional'}</td><td><code>${escapeHtml(typeText(schema))}</code></td><td>${prose([description, limitsText(schema)].filter((part) => part !== '').join('; '))}</td></tr>`,
  );
  const bodies = Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => {
    const body = types[typeText(schema)] ?? schema;
    return `<p>Body</p>${pre(body)}${sample(body)}`;
  });
  const answers = Object.entries(operation.responses).map(([status, { description, content: given }]) => {
    const [type, media] = Object.entries(given ?? {})[0] ?? [];
    const shown = type === 'application/json' && media !== undefined ? pre(media.schema) : '';
    return `<tr><td>${escapeHtml(status)}</td><td>${prose(description)}${shown}</td></tr>`;
  });
  const open = operation.security?.length === 0 ? ' <i>(no key)</i>' : '';
  return `<details><summary><b>${escapeHtml(method.toUpperCase())}</b> <code>${escapeHtml(path)}</code> ${escapeHtml(operation.summary)}${open}</summary>
${prose(operation.description)}<table>${parameters.join('')}</table>${bodies.join('')}<table>${answers.join('')}</table></details>`;
}

const pre = (schema: unknown): string => `<pre>${escapeHtml(typeText(schema))}</pre>`;

const exampleShape = z.object({ example: z.unknown().optional() });

function sample(schema: unknown): string {
  const example = exampleShape.safeParse(schema).data?.example;
  return example === undefined ? '' : `<p>Example</p><pre>${escapeHtml(JSON.stringify(example, null, 2))}</pre>`;
}

/** Paragraphs, and code between back-ticks. */
const prose = (text: string): string =>
  text === ''
    ? ''
    : `<p>${escapeHtml(text)
        .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
        .replaceAll('\n\n', '</p><p>')}</p>`;
