import { readFile } from 'node:fs/promises';

const TICKS_PER_SECOND = 100;

/** Processor time that a process has used so far, in milliseconds; null where the system does not tell (not Linux). */
export async function cpuOf(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}
