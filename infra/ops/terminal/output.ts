import { performance } from 'node:perf_hooks';
import { clean } from './format.ts';
import { bar, line, type Progress } from './progress.ts';

/** Where a verb writes. Results go to stdout; what happens meanwhile goes to stderr, so that results can be piped. */
export interface Output {
  /** Machine output: results are JSON, and nothing is said meanwhile. */
  readonly json: boolean;
  /** A result for people; nothing under `--json`. */
  say(text: string): void;
  /** A result for machines, one line; nothing without `--json`. */
  data(value: unknown): void;
  /** Something worth knowing while a verb runs. */
  note(text: string): void;
  /** How far it is: a bar on a terminal, else a line where it changed. */
  progress(progress: Progress): void;
  /** On a terminal: that it still runs, where nothing tells how far it is. */
  busy(text: string): void;
  /** Takes the bar away. */
  settle(): void;
}

interface Streams {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly json: boolean;
}

/** What a bar's speed is reckoned from. */
interface Start {
  readonly label: string;
  readonly at: number;
  readonly done: number;
}

const WIDTH = 100;
/** Before this a speed says little. */
const FIRST_SPEED_S = 1;

/** Output on a terminal or into a pipe. Whatever is said is cleaned of control characters: much of it comes from outside. */
export function openOutput({ out, err, json }: Streams): Output {
  let shown = '';
  let started: Start | null = null;
  const wipe = (): void => {
    if (shown !== '' && err.isTTY === true) err.write('\r\u001b[K');
    shown = '';
  };
  const show = (text: string): void => {
    const cleaned = clean(text);
    if (cleaned === shown) return;
    if (err.isTTY === true) err.write(`\r${cleaned.slice(0, (err.columns ?? WIDTH) - 1)}\u001b[K`);
    else err.write(`${cleaned}\n`);
    shown = cleaned;
  };
  return {
    json,
    say: (text) => {
      if (json) return;
      wipe();
      out.write(`${clean(text)}\n`);
    },
    data: (value) => {
      if (json) out.write(`${JSON.stringify(value)}\n`);
    },
    note: (text) => {
      if (json) return;
      wipe();
      err.write(`${clean(text)}\n`);
    },
    progress: (progress) => {
      if (json) return;
      const now = performance.now() / 1000;
      if (started?.label !== progress.label || progress.done < started.done)
        started = { label: progress.label, at: now, done: progress.done };
      const passed = now - started.at;
      const rate = passed < FIRST_SPEED_S ? null : (progress.done - started.done) / passed;
      show(err.isTTY === true ? bar(progress, rate) : line(progress));
    },
    busy: (text) => {
      if (!json && err.isTTY === true) show(text);
    },
    settle: wipe,
  };
}
