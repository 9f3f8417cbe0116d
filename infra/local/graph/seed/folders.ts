import type { SeedFolder } from './types.ts';

type Row = readonly [key: string, parent: string, displayName: string, language: string];

/** Folder trees as people grow them: several languages, nested, with the characters that break naive code. */
const ROWS: readonly Row[] = [
  ['projects', 'msgfolderroot', 'Projects', 'en'],
  ['kunden', 'msgfolderroot', 'Kunden', 'de'],
  ['factures', 'msgfolderroot', 'Factures & reçus', 'fr'],
  ['apollo', 'projects', 'Apollo / 2026', 'en'],
  ['kunden-nord', 'kunden', 'Region Nord (Ö–Ü)', 'de'],
  ['newsletters', 'inbox', 'Newsletters', 'en'],
  ['ja', 'msgfolderroot', '取引先', 'ja'],
  ['apollo-legal', 'apollo', 'Legal 100%', 'en'],
  ['ar', 'msgfolderroot', 'أرشيف العقود', 'ar'],
  ['travel', 'msgfolderroot', '✈️ Travel', 'en'],
  ['bewerbungen', 'kunden', 'Bewerbungen', 'de'],
  ['apollo-inbox', 'apollo', 'Inbox', 'en'],
  ['factures-2025', 'factures', '2025', 'fr'],
  ['alerts', 'inbox', 'Alerts [prod]', 'en'],
  ['personal', 'msgfolderroot', "Kids' school", 'en'],
  ['zh', 'projects', '供应商合同', 'zh'],
];

/**
 * The first `count` folders; beyond the hand-made ones, numbered ones under them. With a locale the folders of that
 * language come first.
 */
export function seedFolders(count: number, locale?: string): readonly SeedFolder[] {
  const language = locale?.slice(0, 2).toLowerCase();
  const first = ROWS.filter((row) => row[3] === language && !isNestedElsewhere(row, language));
  const ordered = [...first, ...ROWS.filter((row) => !first.includes(row))];
  const named = ordered.slice(0, count).map(([key, parent, displayName]) => ({ key, parent, displayName }));
  const known = new Set(named.map((folder) => folder.key));
  // A cut list may have lost a parent: such a child moves up to the root.
  const safe = named.map((folder) =>
    isWellKnown(folder.parent) || known.has(folder.parent) ? folder : atRoot(folder),
  );
  return [...safe, ...numbered(count - safe.length)];
}

function numbered(count: number): readonly SeedFolder[] {
  return Array.from({ length: Math.max(0, count) }, (_, index) => ({
    key: `extra-${index}`,
    parent: index >= 10 && index % 3 !== 0 ? `extra-${index - 10}` : 'projects',
    displayName: `Case ${String(1000 + index)}`,
  }));
}

function isNestedElsewhere(row: Row, language: string | undefined): boolean {
  const parent = ROWS.find((candidate) => candidate[0] === row[1]);
  return parent !== undefined && parent[3] !== language;
}

function isWellKnown(name: string): boolean {
  return name === 'msgfolderroot' || name === 'inbox';
}

function atRoot(folder: SeedFolder): SeedFolder {
  return { ...folder, parent: 'msgfolderroot' };
}
