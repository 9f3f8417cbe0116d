import type { EventView } from '../../../shared/api/calendar/event-schemas.ts';
import { isSkipped, slotsByLibrary } from './rule-slots.ts';
import { textOf, type Compared, type TheirEvent } from './support.ts';

const EDGE_MS = 2 * 86_400_000;

/** What of both sides is not the same. Events near the edges of the range are left out. */
export function differencesOf(
  ours: readonly EventView[],
  theirs: readonly TheirEvent[],
  { from, to }: Compared,
): string[] {
  const edge = (text: string, ms: number): string => new Date(Date.parse(text) + ms).toISOString();
  const within = { from: edge(from, EDGE_MS), to: edge(to, -EDGE_MS) };
  const isWithin = (time: string): boolean => time >= within.from && time < within.to;
  const wanted = new Map(theirs.filter((one) => isWithin(timeOf(one, 'start'))).map((one) => [one.id, one]));
  const masters = new Map(ours.filter(({ type }) => type === 'master').map((one) => [one.id, one]));
  const found: string[] = [];
  for (const item of ours) {
    if (item.type === 'master' || !isWithin(textOf(item.start))) continue;
    const there = wanted.get(item.graphId ?? '');
    wanted.delete(item.graphId ?? '');
    if (there === undefined) found.push(`${nameOf(item)} is with us alone`);
    else found.push(...faultsOf(item, there, masters.get(item.seriesMasterId ?? '')));
  }
  found.push(...[...wanted.values()].map((one) => `${one.subject ?? ''} ${timeOf(one, 'start')} is with them alone`));
  for (const master of masters.values()) found.push(...ruleFaults(master, ours, within));
  return found;
}

const nameOf = (item: EventView): string => `${item.subject ?? ''} ${textOf(item.start)}`;

/** A time in UTC, or the day of an all-day event. */
function timeOf(event: TheirEvent, which: 'start' | 'end'): string {
  const { dateTime } = event[which];
  return event.isAllDay ? dateTime.slice(0, 10) : `${dateTime.slice(0, 19)}Z`;
}

const types: Readonly<Record<string, string>> = { singleInstance: 'single', seriesMaster: 'master' };

/** An item that both sides have, by what each shows. The slot of an all-day series is a day, which Graph tells as an instant. */
function faultsOf(item: EventView, there: TheirEvent, master: EventView | undefined): string[] {
  const slot = item.recurrenceId ?? '';
  const pairs: [string, unknown, unknown][] = [
    ['type', item.type, types[there.type] ?? there.type],
    ['start', textOf(item.start), timeOf(there, 'start')],
    ['end', textOf(item.end), timeOf(there, 'end')],
    ['isAllDay', item.isAllDay, there.isAllDay],
    ['subject', item.subject ?? '', there.subject ?? ''],
    ['location', item.location ?? '', there.location?.displayName ?? ''],
    ['isCancelled', item.isCancelled, there.isCancelled],
    ['series', master?.graphId ?? null, there.seriesMasterId ?? null],
    ['pushed', item.pushed, 'done'],
  ];
  if (slot.includes('T')) pairs.push(['slot', slot, there.originalStart ?? '']);
  return pairs
    .filter(([, mine, other]) => mine !== other)
    .map(([name, mine, other]) => `${nameOf(item)} ${name}: ${String(mine)} is ${String(other)} there`);
}

/** Whether rule, EXDATEs and slots of a series are what it has: by an expander that is neither ours nor the tenant's. */
function ruleFaults(master: EventView, ours: readonly EventView[], within: Compared): string[] {
  const expanded = slotsByLibrary(master, within);
  if (expanded === null) return [];
  const inRange = (slot: string): boolean => slot >= within.from && slot < within.to;
  const members = ours.filter(({ seriesMasterId }) => seriesMasterId === master.id);
  const all = members.map(({ recurrenceId }) => recurrenceId ?? 'no slot').filter(inRange);
  const unmoved = members.filter((one) => one.type === 'occurrence' && textOf(one.start) !== one.recurrenceId);
  const slots = all.filter((slot) => !isSkipped(master, slot));
  // An expander by RFC 5545 counts on where the clock skips an occurrence.
  const counted = all.length === slots.length ? expanded : expanded.slice(0, slots.length);
  const [mine, other] = [new Set(slots), new Set(counted)];
  return [
    ...(mine.size === slots.length ? [] : [`${nameOf(master)} has a slot twice`]),
    ...[...mine.difference(other)].map((slot) => `${nameOf(master)} has ${slot}, its rule has not`),
    ...[...other.difference(mine)].map((slot) => `${nameOf(master)} has not ${slot}, its rule has`),
    ...unmoved.map((one) => `${nameOf(one)} is an occurrence, and its slot is ${one.recurrenceId ?? 'unknown'}`),
  ];
}
