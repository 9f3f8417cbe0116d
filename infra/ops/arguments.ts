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

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** An instant, or how long ago it is (`30m`, `2h`, `7d`), as ISO-8601; undefined where the flag was not given. Throws UsageError. */
export function instantOf(call: Call, flag: string, now: Date): string | undefined {
  const text = call.text(flag);
  if (text === undefined) return undefined;
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const at = count === undefined ? Date.parse(text) : now.getTime() - Number(count) * (UNITS[unit] ?? 0);
  if (Number.isNaN(at))
    throw new UsageError(`--${flag}: an instant (2026-01-05T09:00:00Z), or how long ago (30m, 2h, 7d)`);
  return new Date(at).toISOString();
}

/** What stands behind the word of an action, which must be given. Throws UsageError. */
export function idAfter(call: Call, what: string): string {
  const [, id] = call.args;
  if (id === undefined)
    throw new UsageError(
      `which ${what}? Give its id (npm run ops -- ${what === 'delivery' ? 'deliveries' : `${what}s`} lists them)`,
    );
  if (!/^[A-Za-z0-9_-]{1,1024}$/.test(id)) throw new UsageError(`"${id}" is no id of this service`);
  return id;
}
