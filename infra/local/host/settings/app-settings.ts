import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseHostJson, type HostSettings } from './host-json.ts';

const localSettings = z.object({
  Values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

const packageJson = z.object({ main: z.string().optional(), type: z.string().optional() });

export interface AppFolder {
  readonly path: string;
  /** The glob of the files to load, from package.json. */
  readonly main: string | undefined;
  readonly isModule: boolean;
  readonly settings: HostSettings;
}

/**
 * Reads what the host reads in an app's folder: package.json, host.json, local.settings.json. `Values` of the last become
 * environment variables where the environment has none of that name: what the process was given wins. They stay unread where
 * the process was given all that there is.
 */
export async function readAppFolder(
  path: string,
  environment: NodeJS.ProcessEnv,
  withLocalSettings: boolean,
): Promise<AppFolder> {
  const manifest = packageJson.parse((await readJson(join(path, 'package.json'))) ?? {});
  const own = withLocalSettings ? await readJson(join(path, 'local.settings.json')) : undefined;
  const { Values } = localSettings.parse(own ?? {});
  for (const [name, value] of Object.entries(Values)) environment[name] ??= String(value);
  environment['AZURE_FUNCTIONS_ENVIRONMENT'] = 'Development';
  environment['FUNCTIONS_WORKER_RUNTIME'] ??= 'node';
  const settings = parseHostJson(await readJson(join(path, 'host.json')), environment);
  return { path, main: manifest.main, isModule: manifest.type === 'module', settings };
}

/** Undefined when the file is not there; any other trouble is an error. */
async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new Error(`${file} is not JSON`, { cause: error });
  }
}
