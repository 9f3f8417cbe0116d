import { count, duration } from './format.ts';

/** How far something is. `total` null = not known yet. */
export interface Progress {
  readonly label: string;
  readonly done: number;
  readonly total: number | null;
  /** Further words: `3 of 8 streams`. */
  readonly note?: string;
}

const BAR = 28;

/** Part that is done, 0..1; null where the total is not known. */
export function share({ done, total }: Pick<Progress, 'done' | 'total'>): number | null {
  if (total === null) return null;
  return total <= 0 ? 1 : Math.min(1, Math.max(0, done / total));
}

/** A bar with figures, for a terminal. `rate` is items a second; null or 0 leaves speed and time left out. */
export function bar(progress: Progress, rate: number | null): string {
  const part = share(progress);
  const filled = Math.floor((part ?? 0) * BAR);
  const percent = part === null ? '  ?%' : `${String(Math.floor(part * 100)).padStart(3)}%`;
  return `${progress.label} [${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] ${percent}  ${figures(progress)}${speed(progress, rate)}`;
}

/** The same as a line of a log. */
export function line(progress: Progress): string {
  const part = share(progress);
  return `${progress.label}: ${figures(progress)}${part === null ? '' : ` (${Math.floor(part * 100)}%)`}`;
}

const figures = ({ done, total, note }: Progress): string =>
  `${count(done)}${total === null ? '' : ` of ${count(total)}`}${note === undefined ? '' : `, ${note}`}`;

function speed({ done, total }: Progress, rate: number | null): string {
  if (rate === null || rate <= 0) return '';
  const left = total === null || total <= done ? '' : `, ${duration((total - done) / rate)} left`;
  return `, ${count(Math.round(rate))}/s${left}`;
}
