import { glob } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The files that package.json `main` names: a path or a glob with braces. Alternatives of a brace keep their order, so
 * that `dist/{main.js,functions/*.js}` loads main first; a file is named once.
 */
export async function findEntryFiles(folder: string, pattern: string): Promise<string[]> {
  const found = new Set<string>();
  for (const part of expandBraces(pattern)) {
    const matches: string[] = [];
    for await (const match of glob(part, { cwd: folder })) matches.push(match);
    for (const match of matches.sort()) found.add(join(folder, match));
  }
  return [...found];
}

function expandBraces(pattern: string): string[] {
  const match = /^([^{}]*)\{([^{}]*)\}(.*)$/s.exec(pattern);
  if (match === null) return [pattern];
  const [, before = '', alternatives = '', after = ''] = match;
  return alternatives.split(',').flatMap((alternative) => expandBraces(`${before}${alternative}${after}`));
}
