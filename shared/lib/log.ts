import type { Json } from './json.ts';

/** Facts beside a log line: dotted lower-case names, units in the name, never a secret, an address or a body. */
export type LogFacts = Readonly<Record<string, Json | undefined>>;

/** One line, one event (`sync.completed`), with its facts. */
export interface Log {
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  error(event: string, facts?: LogFacts): void;
}

/** Writes each event as one JSON object. */
export function jsonLog(write: (level: 'info' | 'warn' | 'error', line: string) => void, common: LogFacts = {}): Log {
  const line = (event: string, facts: LogFacts = {}): string =>
    JSON.stringify({ 'event.name': event, ...common, ...facts });
  return {
    info: (event, facts) => {
      write('info', line(event, facts));
    },
    warn: (event, facts) => {
      write('warn', line(event, facts));
    },
    error: (event, facts) => {
      write('error', line(event, facts));
    },
  };
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
