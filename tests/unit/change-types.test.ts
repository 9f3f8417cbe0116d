import { describe, expect, it } from 'vitest';
import { CHANGE_TYPES, matchesPattern, patternFault } from '../../shared/engine/change-types.ts';
import { guide } from '../../shared/api/reference/guide.ts';

/** Types as the guide's table of the feed names them: `message.created`, then `.updated`. */
function typesOfGuide(): string[] {
  const feed = guide.slice(guide.indexOf('## The feed'), guide.indexOf('Causes.'));
  const types: string[] = [];
  for (const [, first, then] of feed
    .matchAll(/^\| (.*?) \|/gm)
    .flatMap(([, cell = '']) => cell.matchAll(/`(\w*)\.(\w+)`/g)))
    types.push(`${first === '' ? (types.at(-1)?.split('.')[0] ?? '') : (first ?? '')}.${then ?? ''}`);
  return types;
}

describe('types of the feed', () => {
  it('are all those that the guide names', () => {
    const named = typesOfGuide();
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((type) => !CHANGE_TYPES.includes(type))).toEqual([]);
  });

  it.each(['*', '*.*', '*.conflict', 'message.*', 'sync.failed', 'feed.gap', 'booking.created', ...CHANGE_TYPES])(
    'are asked for by %s',
    (pattern) => {
      expect(patternFault(pattern)).toBeNull();
      expect(CHANGE_TYPES.some((type) => matchesPattern(pattern, type))).toBe(true);
    },
  );

  it.each([
    ['mesage.*', /^must begin with one of message, contact, event, .*, or \*$/],
    ['constructor.*', /^must begin with/],
    ['message', /^fits no type of the feed: after "message\." comes one of created, updated, /],
    ['message.craeted', /^fits no type of the feed: after "message\." comes one of created, updated, .*, or \*$/],
    ['sync.created', /after "sync\." comes one of baseline_completed, failed, stream_removed, or \*$/],
    ['*.conflicts', /after "\*\." comes one of .*conflict, .*disconnected/],
  ])('are none that %s would fit, which says what would', (pattern, fault) => {
    expect(patternFault(pattern)).toMatch(fault);
    expect(CHANGE_TYPES.filter((type) => matchesPattern(pattern, type))).toEqual([]);
  });
});
