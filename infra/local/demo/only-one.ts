import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';

/** Two storages on one folder would ruin what is in it: the folder belongs to one process at a time. */
export interface Claim {
  release(): Promise<void>;
}

/** Takes the folder for this process. Throws where another one that still runs has it; one that has died is no hindrance. */
export async function claimFolder(folder: string): Promise<Claim> {
  const file = `${folder}/running.pid`;
  await mkdir(folder, { recursive: true });
  const holder = Number(await readFile(file, 'utf8').catch(() => ''));
  if (holder > 0 && holder !== process.pid && isAlive(holder))
    throw new Error(
      `It is running already, as process ${holder} on the same .local/. End that one first (Ctrl+C there, or kill ${holder}).`,
    );
  await writeFile(file, String(process.pid));
  return { release: () => rm(file, { force: true }) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
