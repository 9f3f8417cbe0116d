import { UsageError } from './errors.ts';
import type { Call } from './verb.ts';

/** The id of a connection, which must be given. Throws UsageError. */
export function connectionId(call: Call): string {
  const [id] = call.args;
  if (id === undefined) throw new UsageError('which connection? Give its id (npm run ops -- status lists them)');
  return checkedId(id);
}

/** An id as this service makes them. Throws UsageError. */
export function checkedId(id: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw new UsageError(`"${id}" is no id of a connection`);
  return id;
}

/** A comma-separated list; undefined where the flag was not given. Throws UsageError for an empty one. */
export function listOf(call: Call, flag: string): string[] | undefined {
  const text = call.text(flag);
  if (text === undefined) return undefined;
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw new UsageError(`--${flag}: a comma-separated list`);
  return items;
}

/** Seconds after which following ends; null = never. Throws UsageError. */
export function timeoutMs(call: Call, usualSeconds: number): number | null {
  const text = call.text('timeout');
  if (text === undefined) return usualSeconds === 0 ? null : usualSeconds * 1000;
  if (!/^\d{1,7}$/.test(text)) throw new UsageError('--timeout: whole seconds, 0 = without end');
  return text === '0' ? null : Number(text) * 1000;
}
