const OF_RECORDS = ['created', 'updated', 'moved', 'deleted', 'conflict', 'match_ambiguous'] as const;

/** What the types of the feed are made of: by their first word, the words that may follow it. */
const words: readonly (readonly [first: string, then: readonly string[]])[] = [
  ...['message', 'contact', 'event', 'project', 'task', 'booking'].map((record) => [record, OF_RECORDS] as const),
  ['sync', ['baseline_completed', 'failed', 'stream_removed']],
  ['connection', ['connected', 'reauth_required', 'error', 'recovered', 'disconnected']],
  ['feed', ['gap']],
];

/** Every type that the feed may hold. */
export const CHANGE_TYPES: readonly string[] = words.flatMap(([first, then]) => then.map((word) => `${first}.${word}`));

/** True where a pattern (`*`, `message.*`, `*.conflict`, `sync.failed`) fits a type of the feed. */
export function matchesPattern(pattern: string, type: string): boolean {
  if (pattern === '*') return true;
  const wanted = pattern.split('.');
  const parts = type.split('.');
  return wanted.length === parts.length && wanted.every((part, index) => part === '*' || part === parts[index]);
}

/** Why a pattern would never fit any type: a misspelt one is told, since else nothing would ever come. Null = it fits some. */
export function patternFault(pattern: string): string | null {
  if (CHANGE_TYPES.some((type) => matchesPattern(pattern, type))) return null;
  const [first = ''] = pattern.split('.');
  const known = words.filter(([word]) => first === '*' || first === word);
  if (known.length === 0) return `must begin with one of ${words.map(([word]) => word).join(', ')}, or *`;
  const ends = new Set(known.flatMap(([, then]) => then));
  return `fits no type of the feed: after "${first}." comes one of ${[...ends].join(', ')}, or *`;
}
