/** One thing that was looked at, and what to do about it. */
export interface Finding {
  readonly level: 'ok' | 'note' | 'warn' | 'bad';
  readonly check: string;
  readonly text: string;
  /** What to do. */
  readonly hint?: string;
}

export const ok = (check: string, text: string): Finding => ({ level: 'ok', check, text });
/** Worth knowing; nothing is wrong. */
export const note = (check: string, text: string, hint?: string): Finding => found('note', check, text, hint);
/** Works, but should be looked at; does not fail the check-up. */
export const warn = (check: string, text: string, hint?: string): Finding => found('warn', check, text, hint);
/** Does not work. */
export const bad = (check: string, text: string, hint?: string): Finding => found('bad', check, text, hint);

const found = (level: Finding['level'], check: string, text: string, hint: string | undefined): Finding => ({
  level,
  check,
  text,
  ...(hint === undefined ? {} : { hint }),
});
