import { NONE, plain } from './format.ts';

/** Longest text in a cell; what is longer is cut. */
const WIDEST = 60;

const segmenter = new Intl.Segmenter('en');
const lettersOf = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment);

const fit = (text: string): string => {
  const one = plain(text === '' ? NONE : text);
  const letters = lettersOf(one);
  return letters.length > WIDEST ? `${letters.slice(0, WIDEST - 1).join('')}…` : one;
};

const widthOf = (text: string): number => lettersOf(text).length;

/** Rows under headings, in columns; no line ends in spaces. Empty cells show a dash. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [headings, ...rows.map((row) => headings.map((_, column) => fit(row[column] ?? '')))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ''))));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
