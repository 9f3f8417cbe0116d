/** Severity names as the Functions worker uses them. */
export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'];

export interface LogLine {
  readonly level: LogLevel;
  /** As in host.json: `Host.Startup`, `Function.name`, `Function.name.User`, ... */
  readonly category: string;
  readonly message: string;
  readonly invocationId?: string;
}

export type Log = (line: LogLine) => void;

export interface LogOptions {
  readonly json: boolean;
  /** `logging.logLevel` of host.json: category prefix -> lowest level shown. */
  readonly levels: Readonly<Record<string, LogLevel>>;
  readonly write: (text: string) => void;
  readonly now?: () => Date;
}

/** A log that writes one line (or one JSON object) for each call that host.json lets through. */
export function createLog({ json, levels, write, now = () => new Date() }: LogOptions): Log {
  const thresholds = Object.entries(levels)
    .filter(([category]) => category !== 'default')
    .sort(([a], [b]) => b.length - a.length);
  const fallback = levels['default'] ?? 'information';
  return (line) => {
    const threshold = thresholds.find(([category]) => belongsTo(line.category, category))?.[1] ?? fallback;
    if (LEVELS.indexOf(line.level) < LEVELS.indexOf(threshold)) return;
    const time = now().toISOString();
    write(json ? `${JSON.stringify({ time, ...line })}\n` : toText(time, line));
  };
}

function belongsTo(category: string, prefix: string): boolean {
  return category === prefix || category.startsWith(`${prefix}.`);
}

function toText(time: string, { level, category, message, invocationId }: LogLine): string {
  const id = invocationId === undefined ? '' : ` [${invocationId.slice(0, 8)}]`;
  return `${time} ${level.padEnd(11)} ${category}${id} ${message}\n`;
}

/** A function's short text for an unknown thing that was thrown, with its stack where there is one. */
export function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether a text names a level; what host.json says beyond these is not understood here. */
export function isLogLevel(value: string): value is LogLevel {
  return LEVELS.some((level) => level === value);
}
