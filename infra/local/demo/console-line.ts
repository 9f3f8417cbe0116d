import { z } from 'zod';

/** `2026-01-01T10:00:00.000Z warning     Function.syncJobs.User [1a2b3c4d] {...}` of the host, or `warn {...}` of the app. */
const eventLine = /^(?:(\S+T\S+Z) )?(\w+) +(?:\S+ (?:\[\w+\] )?)?(\{"event\.name".*\})$/;
const factsShape = z.looseObject({ 'event.name': z.string() });

/**
 * A log line as a person at the terminal reads it: `10:00:00 warn  sync.reset  domain=mail`. Null where it tells a person
 * nothing: what the host does by itself is for `--verbose`, what went wrong is always shown.
 */
export function consoleLine(line: string, now = new Date()): string | null {
  const [, time, level = '', json = ''] = eventLine.exec(line) ?? [];
  const facts = json === '' ? null : parseFacts(json);
  if (facts === null) return /\b(warning|error|critical)\b/i.test(line) ? line : null;
  const { 'event.name': event, ...rest } = facts;
  // A dead delta link is told by `sync.reset` as well.
  if (rest['error.code'] === 'remote.resync_required') return null;
  const told = Object.entries(rest).flatMap(([name, value]) =>
    !name.endsWith('request_id') && ['string', 'number', 'boolean'].includes(typeof value)
      ? [`${name}=${String(value)}`]
      : [],
  );
  const clock = (time === undefined ? now : new Date(time)).toTimeString().slice(0, 8);
  const mark = /^warn/.test(level) ? 'warn ' : /^(error|critical)/.test(level) ? 'ERROR' : '     ';
  return `${clock} ${mark} ${event.padEnd(24)} ${told.join('  ')}`.trimEnd();
}

function parseFacts(json: string): z.output<typeof factsShape> | null {
  try {
    return factsShape.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    // Cut off, or no event at all: it is shown as it stands.
    return null;
  }
}
