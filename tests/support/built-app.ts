import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildApp } from '../../infra/build.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Builds the app where there is no build, or where a source is newer. */
export async function ensureBuilt(): Promise<void> {
  const built = statSync(join(ROOT, 'dist/main.mjs'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = globSync(['functions/**/*.ts', 'shared/**/*.ts'], { cwd: ROOT });
  if (sources.some((file) => statSync(join(ROOT, file)).mtimeMs > built)) await buildApp();
}
