import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { z } from 'zod';

const manifest = z.object({ version: z.string() });
const PACKAGES = ['azurite', '@azure/data-tables', '@microsoft/microsoft-graph-client', 'zod'] as const;

const versionOf = (name: string): string =>
  manifest.parse(JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8')))
    .version;

/** Where the figures come from, in Markdown. */
export function machineReport(): string {
  const processors = cpus();
  return [
    `- Machine: ${processors.length} x ${processors[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    `- Node ${process.versions.node}, ${PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(', ')}`,
    '- Ratios, not seconds, are what counts: client, storage and Graph share the processors of one machine.',
    '',
  ].join('\n');
}
