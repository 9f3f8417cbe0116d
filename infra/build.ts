import { build, context, type BuildOptions, type Plugin } from 'esbuild';
import { readFile, rm } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * zod hands out its messages in some sixty languages, and whoever imports `z` keeps them all: a third of what a cold worker
 * would read before its first answer. Its own default, English, is imported by itself.
 */
const oneLanguage: Plugin = {
  name: 'one-language',
  setup: (building) => {
    building.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      loader: 'js',
    }));
  },
};

/**
 * `z` of `@hono/zod-openapi` is zod's own, which that module extends by `.openapi()` as it is evaluated. Chunks take a binding from
 * where it is made, and come in no other order: one that is handed on would have them load zod alone. So it is made there.
 */
const extendedFirst: Plugin = {
  name: 'extended-first',
  setup: (building) => {
    building.onLoad({ filter: /[\\/]@hono[\\/]zod-openapi[\\/]dist[\\/]index\.mjs$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replace(/^export \{(.*)\bz\b(.*)\};$/m, 'const extended = z;\nexport {$1extended as z$2};');
      if (contents === text) throw new Error('@hono/zod-openapi hands on no `z`: see whether this is needed any more');
      return { contents, loader: 'js' };
    });
  },
};

/** How the app is bundled. */
export const buildOptions = {
  absWorkingDir: root,
  entryPoints: { main: 'functions/main.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  banner: {
    js: "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
  },
  external: ['@azure/functions-core', 'puppeteer-core', '@sparticuz/chromium'],
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  plugins: [oneLanguage, extendedFirst],
} satisfies BuildOptions;

/**
 * Bundles the function app to dist/main.mjs and chunks: few file reads at a cold start, and no node_modules but what is external.
 * - `@azure/functions-core` exists in the Functions worker alone, which hands it out through `require`: the banner makes one.
 * - the browser stays outside: only the OWA path ever loads it.
 */
export async function buildApp(): Promise<{ readonly bytes: number; readonly files: number }> {
  await rm(`${root}/dist`, { recursive: true, force: true });
  const result = await build({ ...buildOptions, metafile: true });
  const outputs = Object.entries(result.metafile.outputs).filter(([name]) => name.endsWith('.mjs'));
  return { bytes: outputs.reduce((sum, [, output]) => sum + output.bytes, 0), files: outputs.length };
}

/** Builds again at each change, until closed. The host's `--watch` restarts the app on it. */
export async function watchApp(): Promise<{ close(): Promise<void> }> {
  const watching = await context(buildOptions);
  await watching.watch();
  return { close: () => watching.dispose() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const started = performance.now();
  const { bytes, files } = await buildApp();
  console.log(
    `Built dist/main.mjs: ${files} files, ${Math.round(bytes / 1024)} KB, ${Math.round(performance.now() - started)} ms`,
  );
}
