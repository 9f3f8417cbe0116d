import type { Change } from './model.ts';

/** The changes up to the first number that is missing; `from` is the number that the first of them must have. */
export function unbroken(changes: readonly Change[], from: number | undefined = changes[0]?.seq): readonly Change[] {
  const gap = from === undefined ? -1 : changes.findIndex((change, index) => change.seq !== from + index);
  return gap === -1 ? changes : changes.slice(0, gap);
}
