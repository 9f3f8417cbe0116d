import type { RaisedWake } from './ports.ts';
import type { Session } from './session.ts';

/** Most Graph ids that a head remembers; beyond that all streams are polled. */
const NAMED_LIMIT = 20;

/** What the wake-ups that a pass answers asked for. */
export type Raised = 'all' | 'named' | 'none';

/** What a wake-up asks for. */
export const askedBy = (raised: RaisedWake | null): Raised =>
  raised === null ? 'none' : raised.ids === 'all' ? 'all' : 'named';

/**
 * Takes in what was raised since the last pass of this run: what it names first goes to the head, then the row goes, before a
 * page is asked for (P3). Answers whether one asked for all streams.
 */
export async function takeWake(session: Session): Promise<Raised> {
  const { wake } = session.ports;
  let answer: Raised = 'none';
  for (;;) {
    const raised = await wake.read(session.scope);
    if (raised === null) return answer;
    if (answer !== 'all') answer = askedBy(raised);
    await session.commit((chunk) => {
      const named = together(session.head.named, raised.ids);
      if (named !== null) chunk.headPatch = { named };
    });
    if (await wake.clear(session.scope, raised.version)) return answer;
  }
}

/** What the head must remember; null = nothing new. Without names all streams are polled anyway, so `all` is only noted over names. */
export function together(held: 'all' | readonly string[], raised: 'all' | readonly string[]): 'all' | string[] | null {
  if (held === 'all') return null;
  if (raised === 'all') return held.length > 0 ? 'all' : null;
  const names = [...new Set([...held, ...raised])];
  if (names.length === held.length) return null;
  return names.length > NAMED_LIMIT ? 'all' : names;
}
