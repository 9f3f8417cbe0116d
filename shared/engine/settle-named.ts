import { plus } from '../lib/clock.ts';
import { applyItems, contextOf } from './apply.ts';
import { decodeItems, placedAt } from './decode-items.ts';
import type { Decoded, Kind } from './domain.ts';
import { hintEffect, newHint } from './effects.ts';
import { remoteRecordId } from './ids.ts';
import { findRecords } from './lookup.ts';
import type { EngineRecord } from './model.ts';
import { streamsOf, type Places } from './named.ts';
import type { ItemAnswer } from './ports.ts';
import { isPassing, throwIfDead, throwIfThrottled } from './read-many.ts';
import { kindOf, type Plans, type Run } from './run.ts';
import { isWhole } from './wholes.ts';

/** A 404 of something that a notification has just named may be a send or a move in progress: believed after this. */
const DISBELIEF_MS = 60_000;

type Records = ReadonlyMap<string, EngineRecord>;

/** Where a named item is looked for; undefined = it tells itself where it is. */
interface Look {
  readonly id: string;
  readonly stream: string | undefined;
}

interface Seen extends Look {
  readonly answer: ItemAnswer;
}

/** A named item that is there, and the stream that it is of; '' = of none. */
interface Found {
  readonly stream: string;
  readonly item: Decoded;
}

/**
 * Reads the named items that no round of this pass brought: delta can lose one that leaves a folder and comes back, and show
 * one later than it is there (P4). Those that we hold and cannot read now stay named.
 */
export async function settleNamed(run: Run, plans: Plans, ids: readonly string[] = [...run.named]): Promise<void> {
  if (ids.length > 0) {
    const kind = kindOf(run, run.domain.namedKind);
    const { epoch } = run.session;
    const held: Records = await findRecords(run.session, ids);
    const looks = ids.flatMap((id) => looksFor(run, plans, kind, { id, record: held.get(id) }));
    const paths = looks.map(({ id, stream }) => kind.itemPath(id, stream));
    const answers = paths.length === 0 ? [] : await run.source.getMany(paths);
    const seen = looks.flatMap((look, index): Seen[] => {
      const answer = answers[index];
      return answer === undefined ? [] : [{ ...look, answer }];
    });
    const found = seen.flatMap((one) => foundBy(kind, one));
    await applyNamed(run, kind, found, epoch);
    throwIfThrottled(answers);
    throwIfDead(answers);
    const there = new Set(seen.flatMap(({ id, answer }) => (answer.outcome === 'found' ? [id] : [])));
    const open = seen.filter(({ id }) => !there.has(id));
    const kept = new Set(open.flatMap(({ id, answer }) => (held.has(id) && isPassing(answer) ? [id] : [])));
    await doubt(
      run,
      plans,
      kind,
      open.filter(({ id, answer }) => mayCome(answer) && !kept.has(id)),
    );
    for (const id of ids) if (!kept.has(id)) run.named.delete(id);
    for (const id of await newWholes(run, kind, held, found)) run.named.add(id);
  }
  await forgetNamed(run);
}

/**
 * For a pass that its budget ends early: names whose streams had their round are settled, so that the next job does not begin with
 * these streams again (P12). So are those that may be anywhere: the pass over all that goes on is their round.
 */
export async function leaveNamed(run: Run, plans: Plans, places: Places, ended: ReadonlySet<string>): Promise<void> {
  const answered = [...run.named].filter((id) => {
    const place = places.get(id) ?? null;
    return place === null || !plans.has(place) || ended.has(place);
  });
  await settleNamed(run, plans, answered);
}

/**
 * An item whose path leads through its place is looked for where it is held: elsewhere it may be found though it is no longer there
 * (P7). One that nobody holds is looked for in every place; those that are read for the first time bring it by their pages.
 */
function looksFor(
  run: Run,
  plans: Plans,
  kind: Kind,
  { id, record }: { readonly id: string; readonly record: EngineRecord | undefined },
): Look[] {
  if (kind.placed === undefined) return [{ id, stream: undefined }];
  if (record !== undefined) return [{ id, stream: record.stream }];
  const { cursors } = run.session;
  const streams = streamsOf(plans, kind.name).filter((stream) => cursors.get(stream)?.baselined === true);
  return streams.map((stream) => ({ id, stream }));
}

/** An answer after which reading once more may help; what is refused for good must not be asked for for ever. */
const mayCome = (answer: ItemAnswer): boolean => answer.outcome === 'gone' || isPassing(answer);

/** One that cannot be read is kept aside where its folder's page brings it. */
function foundBy(kind: Kind, { stream, answer }: Seen): Found[] {
  if (answer.outcome !== 'found') return [];
  const [item] = decodeItems(kind, [answer.raw], true);
  if (item === undefined || item.type === 'bad') return [];
  if (stream === undefined) return [{ item, stream: item.type === 'item' ? (kind.placeOf(item.fields) ?? '') : '' }];
  if (item.type === 'removed') return [{ item, stream }];
  return [{ stream, item: placedAt(kind, stream, item) }];
}

/** Each named item goes to the stream where it is; one outside all streams leaves a hint or nothing. */
async function applyNamed(run: Run, kind: Kind, found: readonly Found[], readAt: number): Promise<void> {
  const { cursors } = run.session;
  for (const [stream, items] of Map.groupBy(found, (one) => one.stream)) {
    // An item of a folder that is still being read for the first time comes with its page.
    if (cursors.get(stream)?.baselined === false) continue;
    const decoded = items.map(({ item }) => item);
    await applyItems(run, { kind, stream, cause: run.cause, authoritative: true, readAt, decoded });
  }
}

/** Most items that one commit takes in. */
const SOME = 50;

/**
 * Named items that answered 404, or that we do not hold and could not read: a hint, so that they are read again, and a 404 is
 * believed only a minute later. One that we do not hold and that tells itself where it is gets it at any stream.
 */
async function doubt(run: Run, plans: Plans, kind: Kind, open: readonly Seen[]): Promise<void> {
  const { session } = run;
  const any = streamsOf(plans, kind.name).find((stream) => session.cursors.has(stream));
  for (let start = 0; start < open.length; start += SOME) {
    const some = open.slice(start, start + SOME);
    await session.commit(async (chunk) => {
      const ids = some.map(({ id }) => id);
      const records = await findRecords(session, ids);
      const context = await contextOf(run, { kind, cause: run.cause, authoritative: true });
      for (const { id: graphId, stream } of some) {
        const record = records.get(graphId);
        const place = stream ?? record?.stream ?? any;
        // What it was before it was made anew elsewhere.
        if (place === undefined || (record !== undefined && record.graphId !== graphId)) continue;
        const id = record?.id ?? remoteRecordId(session.scope.connectionId, graphId);
        const hint = newHint(context, place, graphId, { id, why: 'named' });
        chunk.add(hintEffect(context, { ...hint, notBefore: plus(context.now, DISBELIEF_MS).toISOString() }));
      }
    });
  }
}

/**
 * Wholes of groups that this reading has brought something new of. What came and went of their parts only pages tell, and these
 * are late: the wholes stay named for one more look.
 */
async function newWholes(run: Run, kind: Kind, held: Records, found: readonly Found[]): Promise<readonly string[]> {
  const news = found.flatMap(({ item }) =>
    item.type === 'item' && isWhole(kind, item) && item.etag !== held.get(item.graphId)?.etag ? [item] : [],
  );
  if (news.length === 0) return [];
  const ids = news.map(({ graphId }) => graphId);
  // What is outside of all windows, or waits for a push, is no news by now.
  const stand = await findRecords(run.session, ids);
  return news.filter(({ graphId, etag }) => stand.get(graphId)?.etag === etag).map(({ graphId }) => graphId);
}

/** The head forgets what has been settled, and keeps what could not be read. */
async function forgetNamed(run: Run): Promise<void> {
  const { named } = run.session.head;
  if (named !== 'all' && named.length === run.named.size && named.every((id) => run.named.has(id))) return;
  await run.session.commit((chunk) => {
    chunk.headPatch = { ...chunk.headPatch, named: [...run.named] };
  });
}
