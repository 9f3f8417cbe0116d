import type { Head } from './head.ts';
import type { RaisedWake } from './ports.ts';
import type { Session } from './session.ts';

/** Most Graph ids that a head remembers; beyond that all streams are polled. */
const NAMED_LIMIT = 20;

/**
 * Takes in what was raised since the last pass of this run: what it asks for first goes to the head, then the row goes, before a
 * page is asked for (P3). What the one who raised it has written into the head before is seen from then on.
 */
export async function takeWake(session: Session): Promise<void> {
  const { wake } = session.ports;
  for (;;) {
    const raised = await wake.read(session.scope);
    if (raised === null) return;
    await session.renew();
    await session.commit((chunk) => {
      chunk.headPatch = noted(session.head, raised.ids);
    });
    if (await wake.clear(session.scope, raised.version)) return;
  }
}

/**
 * What the head must remember of a wake-up; nothing where it does already. A poll of all is owed from its beginning: streams
 * that had their turn in a pass that goes on have it again. Noted with the commit that takes the row, so that no death loses it.
 */
export function noted(head: Pick<Head, 'named' | 'owed' | 'pass'>, raised: RaisedWake['ids']): Partial<Head> {
  const { named, owed = false, pass = null } = head;
  if (named !== 'all' && raised !== 'all') {
    const names = [...new Set([...named, ...raised])];
    if (names.length === named.length) return {};
    if (names.length <= NAMED_LIMIT) return { named: names };
  }
  return owed && pass === null && named.length === 0 ? {} : { named: [], owed: true, pass: null };
}
