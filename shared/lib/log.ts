import { AsyncLocalStorage } from 'node:async_hooks';
import type { Json } from './json.ts';

/** Facts beside a log line: dotted lower-case names, units in the name, never a secret, an address or a body. */
export type LogFacts = Readonly<Record<string, Json | undefined>>;

/** One line, one event (`sync.completed`), with its facts. */
export interface Log {
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  error(event: string, facts?: LogFacts): void;
}

type Level = keyof Log;

const logOf = (write: (level: Level, event: string, facts: LogFacts | undefined) => void): Log => ({
  info: (event, facts) => {
    write('info', event, facts);
  },
  warn: (event, facts) => {
    write('warn', event, facts);
  },
  error: (event, facts) => {
    write('error', event, facts);
  },
});

/** Writes each event as one JSON object. */
export const jsonLog = (write: (level: Level, line: string) => void): Log =>
  logOf((level, event, facts) => {
    write(level, JSON.stringify({ 'event.name': event, ...facts }));
  });

/** The same log with these facts in each line. */
export const withFacts = (log: Log, common: LogFacts): Log =>
  logOf((level, event, facts) => {
    log[level](event, { ...common, ...facts });
  });

const current = new AsyncLocalStorage<Log>();

/** Does work whose lines go into this log, those of parts too that many share and that were opened with a `currentLog`. */
export const loggingInto = <T>(log: Log, work: () => T): T => current.run(log, work);

/** The log of the work that is being done; `outside` of any this one. */
export const currentLog = (outside: Log): Log =>
  logOf((level, event, facts) => {
    (current.getStore() ?? outside)[level](event, facts);
  });

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
