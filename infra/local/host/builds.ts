import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pause } from './abort.ts';
import { readAppFolder } from './settings/app-settings.ts';

/** A build writes many files; it has settled when two looks in a row see the same. */
const LOOK_MS = 250;

export interface Builds {
  /** A signal that comes with the next build. */
  next(): AbortSignal;
}

/**
 * Watches the folder of the built files, which is the part of `main` before its first wildcard, until `ending` comes. By
 * looking: a folder that a build removes and makes again is followed too.
 */
export async function watchBuilds(app: string, ending: AbortSignal): Promise<Builds> {
  const { main = 'dist/main.mjs' } = await readAppFolder(app, { ...process.env }, false);
  const fixed = main.split(/[*?{[]/)[0] ?? '';
  const folder = join(app, fixed.endsWith('/') ? fixed : dirname(fixed));
  let current = new AbortController();
  void follow(folder, ending, () => {
    current.abort();
  });
  return {
    next: () => {
      if (current.signal.aborted) current = new AbortController();
      return current.signal;
    },
  };
}

async function follow(folder: string, ending: AbortSignal, changed: () => void): Promise<void> {
  let running = await look(folder);
  let before = running;
  while (!ending.aborted) {
    await pause(LOOK_MS, ending);
    const seen = await look(folder);
    // An empty folder is a build that has just begun.
    if (seen !== '' && seen === before && seen !== running) {
      running = seen;
      changed();
    }
    before = seen;
  }
}

/** What the folder holds, as a text that is another after every build; empty when there is nothing to see. */
async function look(folder: string): Promise<string> {
  try {
    const entries = await readdir(folder, { recursive: true });
    const lines = await Promise.all(
      entries.sort().map(async (entry) => {
        const { mtimeMs, size } = await stat(join(folder, entry));
        return `${entry} ${mtimeMs} ${size}`;
      }),
    );
    return lines.join('\n');
  } catch (error) {
    // Gone between two calls, or not built yet.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
