import type { ProgramMailbox } from './mailbox.ts';
import type { Performer } from './perform.ts';
import { readRows } from '../plan/partition.ts';
import { shardOf } from '../../../shared/engine/directory-ports.ts';
import type { Head } from '../../../shared/engine/head.ts';

const HOUR = 3_600_000;

export async function headOf({ world, scope }: ProgramMailbox): Promise<Head> {
  const found = await world.observer.store.readHead(scope);
  if (found === null) throw new Error('there is no head');
  return found.head;
}

/** What would still change: compared from poll to poll. */
async function stateOf(mailbox: ProgramMailbox): Promise<string> {
  const { store } = mailbox.world.observer;
  const { lastSeq, named, status } = await headOf(mailbox);
  const cursors = await store.readCursors(mailbox.scope);
  return JSON.stringify([
    lastSeq,
    (await store.readHints(mailbox.scope)).length,
    (await store.readOutbox(mailbox.scope)).map(({ op }) => op),
    named,
    [status.status, status.reason],
    cursors.map(({ stream, midRound, records, baselined, told, held }) => [
      ...[stream, midRound, records, baselined, told, held],
    ]),
  ]);
}

/** The times, as sortable text, at which the timer will look at the mailbox's mail again. */
async function dueTimes({ world, connectionId }: ProgramMailbox): Promise<string[]> {
  const rows = await readRows(world.rig, 'due');
  const partition = new RegExp(`^mail\\|0*${shardOf(connectionId)}$`);
  return rows
    .filter((row) => row['connectionId'] === connectionId && partition.test(String(row['partitionKey'])))
    .map((row) => row.rowKey);
}

/**
 * Ends all faults and lets time go by, until four polls in a row have changed nothing. First nothing but the timers runs:
 * what was left undone must come back by itself. Throws where rest never comes.
 */
export async function comeToRest(mailbox: ProgramMailbox, performer: Performer): Promise<string[]> {
  const { world, connectionId } = mailbox;
  await world.heal();
  await world.drain();
  const faults: string[] = [];
  for (let turn = 0; turn < 3; turn++) {
    // Longer than any back-off and lease, on each of the clocks, however far they are apart.
    world.move(5 * HOUR);
    await world.runTimers(connectionId, turn);
  }
  if ((await dueTimes(mailbox)).length === 0) faults.push('no poll is due any more');
  let quiet = 0;
  let before = '';
  for (let polls = 0; quiet < 4; polls++) {
    if (polls > 30) throw new Error(`it never comes to rest: ${before}`);
    world.move(120_000);
    await performer.run('push', polls);
    await performer.run('poll', polls);
    await world.drain();
    const after = await stateOf(mailbox);
    quiet = after === before ? quiet + 1 : 0;
    before = after;
  }
  return faults;
}
