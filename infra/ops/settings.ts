import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { OpsError } from './errors.ts';

const schema = z.object({ Values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}) });

export type Settings = Readonly<Record<string, string>>;

/** A file of the project's root. */
export const atRoot = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** The values of a settings file; null where there is no such file. Throws OpsError for one that cannot be read. */
export async function readSettings(file: string): Promise<Settings | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new OpsError(`${file} cannot be read`, null, { cause: error });
  }
  const read = schema.safeParse(parse(text));
  if (!read.success) throw new OpsError(`${file} is no settings file`, 'Compare it with local.settings.example.json.');
  return Object.fromEntries(Object.entries(read.data.Values).map(([name, value]) => [name, String(value)]));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // Not JSON: the schema refuses it by name.
    return undefined;
  }
}

/** A setting as the host would see it: the environment wins over the file; empty is none. */
export const settingOf = (
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
  settings: Settings | null,
): string | null => [environment[name], settings?.[name]].find((value) => value !== undefined && value !== '') ?? null;
