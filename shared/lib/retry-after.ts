const LONGEST_MS = 7 * 86_400_000;

/** The wait that a Retry-After header asks for (seconds or an HTTP date), in ms; null where there is none that can be read. */
export function readRetryAfter(header: string | null, now: Date): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1000), LONGEST_MS);
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.min(Math.max(at - now.getTime(), 0), LONGEST_MS);
}
