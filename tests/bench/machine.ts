import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
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

/** How long a bench took, and how busy the machine was meanwhile: more than its processors can do is somebody else's work, too. */
export function loadReport(seconds: number): string {
  return `(${seconds.toFixed(0)} s; load of the machine at its end: ${(loadavg()[0] ?? 0).toFixed(1)})`;
}
