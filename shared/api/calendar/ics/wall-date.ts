import { wallMs } from '../../../domains/calendar/wall-clock.ts';
import { wallIn } from '../../../domains/calendar/instants.ts';

/** An instant whose fields are those of a zone's wall clock, whatever zone the process runs in. */
export class WallDate extends Date {
  readonly timeZone: string;
  /** By this and `tzComponents` the library knows a date that has a zone of its own. */
  readonly internal: Date;

  constructor(epochMs: number, timeZone: string) {
    super(epochMs);
    this.timeZone = timeZone;
    this.internal = new Date(epochMs);
  }

  #shown: Date | undefined;

  /** Worked out once: the library asks for each part of it by itself. */
  get #wall(): Date {
    return (this.#shown ??= new Date(wallMs(wallIn(this.timeZone, this.getTime()))));
  }

  withTimeZone(timeZone?: string | null): WallDate {
    return new WallDate(this.getTime(), timeZone ?? 'UTC');
  }
  tzComponents(): [string, string, string] {
    return ['', '', this.timeZone];
  }
  override getFullYear(): number {
    return this.#wall.getUTCFullYear();
  }
  override getMonth(): number {
    return this.#wall.getUTCMonth();
  }
  override getDate(): number {
    return this.#wall.getUTCDate();
  }
  override getHours(): number {
    return this.#wall.getUTCHours();
  }
  override getMinutes(): number {
    return this.#wall.getUTCMinutes();
  }
  override getSeconds(): number {
    return this.#wall.getUTCSeconds();
  }
}
