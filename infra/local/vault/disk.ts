import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { vaultFile, type VaultFile } from './schemas.ts';

/** The content of the file; a file that is not there yet is an empty vault, one that cannot be read is an error. */
export async function readVaultFile(file: string): Promise<VaultFile | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return vaultFile.parse(JSON.parse(text));
}

/**
 * Writes snapshots to one file, one after the other, each by renaming a finished temporary file over the old one: whoever
 * kills the process finds the old content or the new, never half of one.
 */
export class VaultDisk {
  readonly #file: string;
  #last: Promise<void> = Promise.resolve();
  #count = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Resolves once the snapshot, taken when its turn comes, is on disk. */
  save(snapshot: () => VaultFile): Promise<void> {
    const next = this.#last.catch(() => undefined).then(() => this.#write(JSON.stringify(snapshot())));
    this.#last = next;
    return next;
  }

  async #write(text: string): Promise<void> {
    const temporary = `${this.#file}.${process.pid}.${this.#count++}`;
    await mkdir(dirname(this.#file), { recursive: true });
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, this.#file);
  }
}
