import { build, type Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildOptions } from '../../infra/build.ts';

let outputs: Metafile['outputs'];
beforeAll(async () => {
  outputs = (await build({ ...buildOptions, write: false, metafile: true })).metafile.outputs;
});

/** The chunk that begins with a source file, and all that it loads at once. */
function loadedWith(source: string, seen = new Set<string>()): Set<string> {
  const [name] = Object.entries(outputs).find(([, output]) => output.entryPoint === source) ?? [];
  if (name === undefined) return expect.fail(`${source} begins no chunk`);
  const follow = (chunk: string): void => {
    if (seen.has(chunk)) return;
    seen.add(chunk);
    for (const { kind, path } of outputs[chunk]?.imports ?? [])
      if (kind === 'import-statement' && outputs[path] !== undefined) follow(path);
  };
  follow(name);
  return seen;
}

/** Packages in the chunks. */
function packagesOf(chunks: Iterable<string>): Set<string> {
  const inputs = [...chunks].flatMap((chunk) => Object.keys(outputs[chunk]?.inputs ?? {}));
  return new Set(inputs.flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? []));
}

const own = (chunks: Iterable<string>, source: RegExp): string[] =>
  [...chunks].flatMap((chunk) => Object.keys(outputs[chunk]?.inputs ?? {}).filter((input) => source.test(input)));

/** Large, and of no use to who only takes a notification. */
const dear = [
  ...['@azure/msal-node', '@azure/msal-common', '@microsoft/microsoft-graph-client', '@azure/identity', 'hono'],
  ...['@azure/keyvault-secrets', 'standardwebhooks', 'request-filtering-agent', '@asteasolutions/zod-to-openapi'],
];

describe('the build', () => {
  it('loads no more at first than what registers the functions and reads the settings', () => {
    const packages = packagesOf(loadedWith('functions/main.ts'));
    expect([...packages].filter((name) => dear.includes(name) || /^@azure\/(data|storage|core)/.test(name))).toEqual(
      [],
    );
  });

  it('takes a notification without what only jobs and the API need', () => {
    const chunks = loadedWith('functions/main.ts');
    const sources = [
      'shared/app.ts',
      'shared/api/webhooks/receive.ts',
      'shared/jobs/notifications/take-notifications.ts',
    ];
    for (const source of sources) loadedWith(source, chunks);
    const packages = packagesOf(chunks);
    expect(dear.filter((name) => packages.has(name))).toEqual([]);
    expect([...packages]).toContain('@azure/data-tables');
  });

  it('brings one language of zod', () => {
    expect(
      own(loadedWith('functions/main.ts'), /zod\/v4\/locales\/(?!index)/).map((file) => file.split('/').at(-1)),
    ).toEqual(['en.js']);
  });
});
