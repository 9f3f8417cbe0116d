import type { Fields } from '../lib/json.ts';
import { broughtBefore, mayMiss, type GroupPage } from './brought.ts';
import type { DecodedItem } from './decode-items.ts';
import type { Kind } from './domain.ts';
import { newHint, type EffectContext } from './effects.ts';
import { heirsOf, isStranger, mayBeRenamed, type Heirs } from './heirs.ts';
import { groupKey, remoteRecordId } from './ids.ts';
import { isDeleting } from './leaving.ts';
import type { EngineRecord, Hint } from './model.ts';
import type { Session } from './session.ts';
import { allEntries } from './short-lists.ts';
import { wholeIdOf } from './wholes.ts';
import { isHeldOurs, isShownOurs } from './whose-whole.ts';
import { isOutside } from './windows.ts';

type Item = Extract<DecodedItem, { type: 'item' }>;
type Records = ReadonlyMap<string, EngineRecord>;

/** The groups that items of a page belong to, and what they mean for others. */
export interface Groups {
  /** Graph ids of groups whose whole is as a write of ours has left it: what comes and goes with it is our doing (P9). */
  readonly ours: ReadonlySet<string>;
  /** Records of these groups that were not brought with them. */
  readonly absent: readonly EngineRecord[];
  /** Records that go on as items of the page with other Graph ids. */
  readonly heirs: Heirs;
  /** Items that others need and that nobody holds, by Graph id, each with the stream of what needs it. */
  readonly needed: ReadonlyMap<string, string>;
}

export const noGroups: Groups = { ours: new Set(), absent: [], heirs: new Map(), needed: new Map() };

/**
 * The Graph id of the group of an item, as far as it tells by itself or by what is held of it. What was the whole of a group and is
 * none any more takes its parts with it: it is told as that group's this once.
 */
export function groupOfItem(kind: Kind, item: Item, record: EngineRecord | undefined): string | null {
  const held = record?.base ?? record?.fields;
  const group = kind.groupOf?.({ ...held, ...item.fields }, item.graphId) ?? null;
  return group ?? (held !== undefined && isWholeOf(kind, held, item.graphId) ? item.graphId : null);
}

const isWholeOf = (kind: Kind, fields: Fields, graphId: string): boolean => kind.groupOf?.(fields, graphId) === graphId;

/** Whether a record is the whole of a group, as the remote was known to have it, and the item that is found shows that it is not. */
export function hasEnded(kind: Kind, record: EngineRecord | undefined, item: Item): boolean {
  if (record === undefined) return false;
  const held = record.base ?? record.fields;
  return isWholeOf(kind, held, item.graphId) && !isWholeOf(kind, { ...held, ...item.fields }, item.graphId);
}

/** Graph ids that must be looked up beside those of the items: what they need, and the wholes of their groups. */
export function besideItems(kind: Kind, decoded: readonly DecodedItem[]): string[] {
  const items = decoded.filter((item) => item.type === 'item');
  const ids = items.flatMap((item) => [item.needs ?? null, groupOfItem(kind, item, undefined)]);
  return [...new Set(ids.filter((id) => id !== null))];
}

/** What the groups of a page's items mean; reads the index where a group was known before. */
export async function readGroups(session: Session, context: EffectContext, page: GroupPage): Promise<Groups> {
  const { kind } = context;
  const items = page.decoded.filter((item) => item.type === 'item');
  const needed = neededBy(context, page, items);
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groupOfItem(kind, item, page.records.get(item.graphId));
    if (group !== null) groups.set(group, [...(groups.get(group) ?? []), item]);
  }
  const ours = new Set([...groups.keys()].filter((group) => isOurs(context, page, group)));
  const unseen: EngineRecord[] = [];
  const missed = new Set<EngineRecord>();
  for (const [group, of] of groups) {
    const misses = mayMiss(context, page, group);
    const compares = misses || of.some((item) => mayBeHeir(context, page, item));
    if (!compares || !isKnown(context, page, group, of)) continue;
    const rest = await absentOf(session, context, page, group);
    unseen.push(...rest);
    if (misses) for (const record of rest) missed.add(record);
  }
  const deleted = items.some((item) => mayBeHeir(context, page, item))
    ? await deletedParts(session, context, page)
    : [];
  // What stands goes on before what is being deleted.
  const heirs = heirsOf(kind, { items, records: page.records }, [...deleted, ...unseen]);
  const going = new Set([...heirs.values()].map(({ id }) => id));
  const absent = [...missed].filter(({ id }) => !going.has(id));
  return { ours, absent, heirs, needed };
}

/** A part with a version of its own that nobody holds: it may have been another one before it was edited by itself. */
const mayBeHeir = ({ kind }: EffectContext, { records }: GroupPage, item: Item): boolean =>
  item.etag !== null && wholeIdOf(kind, item) !== null && isStranger(records, item);

function neededBy(context: EffectContext, page: GroupPage, items: readonly Item[]): Map<string, string> {
  const present = new Set(
    page.decoded.flatMap((item) => (item.type === 'item' ? [item.graphId] : item.type === 'bad' ? [item.id] : [])),
  );
  const needed = new Map<string, string>();
  for (const { needs = null, fields } of items) {
    if (needs === null || present.has(needs) || page.records.has(needs)) continue;
    const place = context.kind.placeOf(fields) ?? page.stream;
    if (context.cursors.has(place) && !isOutside(context, place, fields)) needed.set(needs, place);
  }
  return needed;
}

/** Something of the group was held, or its whole is being looked for: then there may be more of it. */
const isKnown = (context: EffectContext, { records }: GroupPage, group: string, items: readonly Item[]): boolean =>
  records.has(group) ||
  items.some(({ graphId }) => records.has(graphId)) ||
  context.hints.has(remoteRecordId(context.connectionId, group));

async function absentOf(
  session: Session,
  context: EffectContext,
  page: GroupPage,
  group: string,
): Promise<EngineRecord[]> {
  const { kind, connectionId } = context;
  const brought = new Set(page.decoded.map((item) => (item.type === 'bad' ? item.id : item.graphId)));
  const earlier = broughtBefore(context, page, group);
  const seen = new Set(
    [...brought].flatMap((graphId) => {
      const record = page.records.get(graphId);
      return record?.graphId === graphId ? [record.id] : [];
    }),
  );
  const rest = (await idsOf(session, kind, group)).filter((id) => !seen.has(id));
  const early = new Set([...earlier].map((graphId) => remoteRecordId(connectionId, graphId)));
  const records = await readAll(
    session,
    rest.filter((id) => !early.has(id)),
  );
  return records.filter(
    ({ stream, graphId }) =>
      stream === page.stream && graphId !== null && !brought.has(graphId) && !earlier.has(graphId),
  );
}

/** Parts of this stream that are being deleted, and that a write of ours may have made anew before. */
async function deletedParts(session: Session, context: EffectContext, page: GroupPage): Promise<EngineRecord[]> {
  const { kind, outbox } = context;
  const ids = [...outbox.values()].flatMap(({ kind: of, effect, recordId }) =>
    of === kind.name && effect === 'delete' ? [recordId] : [],
  );
  const brought = new Set(page.decoded.map((item) => (item.type === 'bad' ? item.id : item.graphId)));
  return (await readAll(session, ids)).filter(
    (record) =>
      mayBeRenamed(kind, record) &&
      isDeleting(context, record) &&
      record.stream === page.stream &&
      !brought.has(record.graphId ?? ''),
  );
}

const readAll = async (session: Session, ids: readonly string[]): Promise<EngineRecord[]> =>
  ids.length === 0 ? [] : [...(await session.ports.store.readRecords(session.scope, ids)).values()];

/** Ids of the records of a group. */
async function idsOf(session: Session, kind: Kind, group: string): Promise<string[]> {
  if (kind.groupColumn === undefined) return [];
  const query = { from: '', to: '~', where: { [kind.groupColumn]: groupKey(group) } };
  const all = await allEntries(session.ports.store, session.scope, query);
  return [...new Set(all.map(({ id }) => id))];
}

/** The records of a group, its whole among them. */
export const membersOf = async (session: Session, kind: Kind, group: string): Promise<EngineRecord[]> =>
  readAll(session, await idsOf(session, kind, group));

/** Whether the whole of a group is as we have written it: shown so by the page, or held so where the page does not show it. */
function isOurs(context: EffectContext, { decoded, records }: GroupPage, group: string): boolean {
  const record = records.get(group);
  const shown = decoded.find((item) => item.type === 'item' && item.graphId === group);
  if (record === undefined)
    return shown?.type === 'item' && context.creates.some(({ operation }) => operation.op === shown.origin);
  return shown?.type === 'item' ? isShownOurs(context, record, shown) : isHeldOurs(context, record);
}

/** The cause of what a part of a group shows: the write that its whole has had of us, unless it was edited by itself since. */
export function partContext(context: EffectContext, groups: Groups, item: Item, records: Records): EffectContext {
  const group = groupOfItem(context.kind, item, records.get(item.graphId));
  if (group === null || group === item.graphId || !groups.ours.has(group)) return context;
  const whole = records.get(group)?.modifiedAt ?? null;
  const edited = item.modifiedAt !== null && whole !== null && Date.parse(item.modifiedAt) > Date.parse(whole);
  return edited ? context : { ...context, cause: 'own-write' };
}

/** What a page leaves to be read again: what its groups no longer show, and what its items need. */
export function groupHints(context: EffectContext, { ours, absent, needed }: Groups): Hint[] {
  const { kind, connectionId } = context;
  const unseen = absent.flatMap((record) => {
    const { id, stream, graphId, fields } = record;
    if (graphId === null || record.leaving !== undefined) return [];
    const group = kind.groupOf?.(fields, graphId) ?? '';
    const of: EffectContext = ours.has(group) ? { ...context, cause: 'own-write' } : context;
    return [newHint(of, stream, graphId, { id, why: 'unseen' })];
  });
  const thin = [...needed].map(([graphId, stream]) =>
    newHint(context, stream, graphId, { id: remoteRecordId(connectionId, graphId), why: 'thin' }),
  );
  return [...unseen, ...thin];
}
