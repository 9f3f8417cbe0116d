import { isDeepStrictEqual } from 'node:util';
import { CHANGE_TYPES } from '../../../shared/engine/change-types.ts';
import type { Domain } from '../../../shared/engine/domain.ts';
import { remoteRecordId } from '../../../shared/engine/ids.ts';
import type { Cursor, EngineRecord } from '../../../shared/engine/model.ts';
import { rowKeys } from '../../../shared/store/rows.ts';
import { planDomain } from './domains.ts';
import { packed, type Partition } from './partition.ts';

/**
 * What holds after any commit whatever, however the writer ended (P1): counters equal rows, each record has its index rows
 * and no other index row stands, the feed has no gap and no type that nobody knows. Answers what is broken.
 */
export function brokenAtoms(
  partition: Partition,
  { connectionId, domain }: { readonly connectionId: string; readonly domain: string },
): string[] {
  return [
    ...brokenCounts(partition),
    ...brokenIndex(partition, planDomain(domain).domain),
    ...brokenRemotes(partition, connectionId),
    ...brokenFeed(partition),
  ];
}

/** Records that are being deleted are in no list and no count but one of their own. */
const standing = (records: readonly EngineRecord[]): EngineRecord[] =>
  records.filter((record) => record.leaving === undefined);

function brokenCounts({ head, cursors, records: all, rows }: Partition): string[] {
  const records = standing(all);
  const real = {
    records: records.length,
    leaving: all.length - records.length,
    remotes: rows('remote').length,
    hints: rows('gone').length,
    outbox: rows('outbox').length,
    bad: rows('bad').length,
  };
  const broken = isDeepStrictEqual(real, { leaving: 0, ...head.counts })
    ? []
    : [`the head counts ${JSON.stringify(head.counts)}, there are ${JSON.stringify(real)}`];
  for (const cursor of cursors) {
    const own = records.filter((record) => record.stream === cursor.stream).length;
    if (own !== cursor.records)
      broken.push(`stream ${cursor.label} counts ${cursor.records} records, there are ${own}`);
  }
  const streams = new Set(cursors.map((cursor) => cursor.stream));
  const stray = records.filter((record) => !streams.has(record.stream)).length;
  return stray === 0 ? broken : [...broken, `${stray} records belong to no stream`];
}

function brokenIndex({ head, records, rows }: Partition, domain: Domain): string[] {
  const kinds = domain.kinds(head.notes);
  const found = new Map(rows('index').map((row) => [row.rowKey, packed(row)]));
  const broken: string[] = [];
  for (const record of standing(records)) {
    for (const entry of kinds[record.kind]?.index(record) ?? []) {
      const key = rowKeys.index(entry.order, entry.id);
      if (!found.has(key)) broken.push(`${record.kind} ${record.id} has no index row`);
      else if (!isDeepStrictEqual(found.get(key), { ...entry.item }))
        broken.push(`the index row of ${record.kind} ${record.id} is another: ${JSON.stringify(found.get(key))}`);
      found.delete(key);
    }
  }
  return [...broken, ...[...found.keys()].map((key) => `index row ${key} has no record`)];
}

function brokenRemotes({ records, rows }: Partition, connectionId: string): string[] {
  const ids = new Set(records.map((record) => record.id));
  const broken = rows('remote').flatMap((row) => (ids.has(String(row['id'])) ? [] : ['a remote row has no record']));
  const graphIds = records.flatMap((record) => record.graphId ?? []);
  if (new Set(graphIds).size !== graphIds.length) broken.push('two records are of one item');
  const remotes = records.filter(
    (each) => each.graphId !== null && remoteRecordId(connectionId, each.graphId) !== each.id,
  );
  if (remotes.length !== rows('remote').length) broken.push('remote rows and records do not match');
  return broken;
}

function brokenFeed({ head, changes, changesAfter }: Partition): string[] {
  const first = Math.max(head.oldestSeq, changesAfter + 1);
  const wanted = Array.from({ length: head.lastSeq - first + 1 }, (_, index) => first + index);
  const found = changes.map((change) => change.seq).toSorted((a, b) => a - b);
  const odd = changes.filter((change) => !CHANGE_TYPES.includes(change.type));
  return [
    ...(isDeepStrictEqual(found, wanted) ? [] : [`the feed has ${found.join()}, not ${first}..${head.lastSeq}`]),
    ...odd.map((change) => `no endpoint can ask for a ${change.type} by its name`),
  ];
}

/** What is left to be done; empty once everything has come to rest. */
export function unsettled({ head, cursors, records, rows }: Partition): string[] {
  const { status } = head;
  const at = (reason: string | null, error: string | null): string => `${reason ?? ''}; ${error ?? ''}`;
  const demands: readonly (readonly [boolean, string])[] = [
    [status.status === 'ok', `the status is ${status.status} (${at(status.reason, status.lastError)})`],
    [head.lease === null, 'the lease is held'],
    [!head.again, 'the again-flag is set'],
    [head.covers.length === 0, 'the head remembers due rows'],
    [head.named.length === 0, 'the head remembers named items'],
    [head.baselined, 'the first sync is not complete'],
    [rows('gone').length === 0, 'hints are left'],
    [rows('outbox').length === 0, 'the outbox is not empty'],
    [rows('head.wake').length === 0, 'the wake row stands'],
    [rows('bad').length === 0, 'an item is in quarantine'],
    [records.every((record) => record.own.every((write) => write.done)), 'an own write is under way'],
    ...cursors.map((cursor) => [isAtRest(cursor), `stream ${cursor.label} is not at rest`] as const),
  ];
  return demands.filter(([holds]) => !holds).map(([, text]) => text);
}

const isAtRest = (cursor: Cursor): boolean =>
  !cursor.midRound && cursor.failures === 0 && (cursor.told || cursor.kind !== 'message');
