import { ThrottledError, TransientError } from '../errors.ts';
import { plus } from '../lib/clock.ts';
import { applyItems, contextOf } from './apply.ts';
import { decodeItems } from './decode-items.ts';
import { hintEffect } from './effects.ts';
import { findRecords } from './lookup.ts';
import type { ItemAnswer } from './ports.ts';
import { throwIfDead, throwIfThrottled } from './read-many.ts';
import { kindOf, type Plans, type Run } from './run.ts';

/** A 404 of something that a notification has just named may be a send or a move in progress: believed after this. */
const DISBELIEF_MS = 60_000;

/** The streams that the named items are in: as we know it, and as the items themselves say. */
export async function streamsOfNamed(run: Run, plans: Plans): Promise<ReadonlySet<string>> {
  const ids = [...run.named];
  const kind = kindOf(run, run.domain.namedKind);
  const records = await findRecords(run.session, ids);
  const streams = new Set([...records.values()].map((record) => record.stream));
  const unknown = ids.filter((id) => !records.has(id));
  const answers = unknown.length > 0 ? await run.source.getMany(unknown.map((id) => kind.itemPath(id))) : [];
  throwIfThrottled(answers);
  for (const answer of answers) {
    if (answer.outcome !== 'found') continue;
    const [item] = decodeItems(kind, [answer.raw], true);
    if (item?.type !== 'item') continue;
    const place = kind.placeOf(item.fields);
    // One that does not say where it is may be anywhere.
    const places = place === undefined ? streamsOf(plans, kind.name) : [place];
    for (const one of places) if (plans.has(one)) streams.add(one);
  }
  if (streams.size === 0) throwIfDead(answers);
  return streams;
}

const streamsOf = (plans: Plans, kind: string): readonly string[] =>
  [...plans.values()].flatMap((plan) => (plan.kind === kind ? [plan.id] : []));

/**
 * Reads the named items that no round of this pass brought: delta can lose one that leaves a folder and comes back
 * (P4). Those that cannot be read now stay named.
 */
export async function settleNamed(run: Run): Promise<void> {
  const ids = [...run.named];
  if (ids.length > 0) {
    const kind = kindOf(run, run.domain.namedKind);
    const { epoch } = run.session;
    const answers = await run.source.getMany(ids.map((id) => kind.itemPath(id)));
    const found = answers.flatMap((answer) => (answer.outcome === 'found' ? [answer.raw] : []));
    await applyNamed(run, found, epoch);
    await doubtMissing(run, ids, answers);
    throwIfThrottled(answers);
    for (const [index, id] of ids.entries()) if (!mayPass(answers[index])) run.named.delete(id);
  }
  await forgetNamed(run);
}

/** A failure after which reading once more may help; what is refused for good must not be asked for for ever. */
const mayPass = (answer: ItemAnswer | undefined): boolean =>
  answer?.outcome === 'failed' && (answer.error instanceof TransientError || answer.error instanceof ThrottledError);

/** Each named item goes to the stream where it says that it is; one outside all streams leaves a hint or nothing. */
async function applyNamed(run: Run, raw: readonly unknown[], epoch: number): Promise<void> {
  const kind = kindOf(run, run.domain.namedKind);
  // One that cannot be read is kept aside where its folder's page brings it.
  const decoded = decodeItems(kind, raw, true).filter((item) => item.type !== 'bad');
  const cursors = run.session.cursors;
  const places = Map.groupBy(decoded, (item) => (item.type === 'item' ? (kind.placeOf(item.fields) ?? '') : ''));
  for (const [stream, items] of places) {
    // An item of a folder that is still being read for the first time comes with its page.
    if (cursors.get(stream)?.baselined === false) continue;
    await applyItems(run, { kind, stream, cause: run.cause, authoritative: true, readAt: epoch, decoded: items });
  }
}

/** A named item that we hold and that answered 404: a hint that is believed only a minute later. */
async function doubtMissing(run: Run, ids: readonly string[], answers: readonly ItemAnswer[]): Promise<void> {
  const gone = ids.filter((_, index) => answers[index]?.outcome === 'gone');
  if (gone.length === 0) return;
  const kind = kindOf(run, run.domain.namedKind);
  const { clock } = run.session.ports;
  await run.session.commit(async (chunk) => {
    const records = await findRecords(run.session, gone);
    const context = await contextOf(run, { kind, cause: run.cause, authoritative: true });
    for (const [graphId, record] of records) {
      // What it was before it was made anew elsewhere.
      if (record.graphId !== graphId) continue;
      chunk.add(
        hintEffect(context, {
          stream: record.stream,
          id: record.id,
          kind: kind.name,
          graphId,
          why: 'named',
          cause: run.cause,
          since: context.now.toISOString(),
          notBefore: plus(clock.now(), DISBELIEF_MS).toISOString(),
          held: false,
        }),
      );
    }
  });
}

/** The head forgets what has been settled, and keeps what could not be read. */
async function forgetNamed(run: Run): Promise<void> {
  const { named } = run.session.head;
  if (named !== 'all' && named.length === 0) return;
  await run.session.commit((chunk) => {
    chunk.headPatch = { ...chunk.headPatch, named: [...run.named] };
  });
}
