import { readFile } from 'node:fs/promises';
import { blocksOf } from './ical/blocks.ts';
import type { Block } from './ical/blocks.ts';
import { eventOf } from './ical/event.ts';
import { parseBlock, propertyOf, textOf } from './ical/jcal.ts';
import type { Component } from './ical/jcal.ts';
import { Refusal } from './ical/refusal.ts';
import type { FoundFile, ImportEvent, Refused } from './item.ts';
import { byteLines } from './text.ts';

/** Messages about meetings carry no calendar of somebody's own. */
const MESSAGES: Readonly<Record<string, string>> = {
  REPLY: 'an answer to an invitation',
  CANCEL: 'the cancellation of a meeting',
  COUNTER: 'a proposal of another time',
  DECLINECOUNTER: 'the refusal of a proposal',
  REFRESH: 'a request for an invitation',
};
const KINDS: Readonly<Record<string, string>> = {
  vtodo: 'a task',
  vjournal: 'a journal entry',
  vfreebusy: 'free and busy times',
};

/** The events of a calendar file, series with all that was changed in them. Whatever else is in it is refused by its number. */
export async function* readIcs(file: FoundFile): AsyncIterable<ImportEvent | Refused> {
  const blocks = blocksOf(byteLines(await readFile(file.path)));
  const found = blocks.flatMap(readBlock);
  if (found.length === 0) yield { name: file.name, reason: 'There is no event in it.' };
  for (const [at, one] of found.entries()) {
    const name = found.length === 1 ? file.name : `${file.name}#${at + 1}`;
    if (typeof one === 'string') yield { name, reason: one };
    else yield { name, event: one, folder: file.folders };
  }
}

type Read = Record<string, unknown> | string;

/** What a block holds: events, and the reason of what is none. */
function readBlock(block: Block): Read[] {
  if (block.cut) return ['It does not end: the file may be cut.'];
  let root: Component;
  try {
    root = parseBlock(block.text);
  } catch (error) {
    return [`It cannot be read: ${firstLine(error)}`];
  }
  if (root.name !== 'vcalendar') return read({ name: 'vcalendar', properties: [], components: [root] });
  const method = textOf(root, 'method').toUpperCase();
  const message = MESSAGES[method];
  return message === undefined ? read(root) : [`It is ${message} (METHOD:${method}), not an event.`];
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

function read(calendar: Component): Read[] {
  const events = calendar.components.filter((one) => one.name === 'vevent');
  const others = calendar.components.filter((one) => one.name !== 'vevent' && one.name !== 'vtimezone');
  const masters = events.filter((one) => propertyOf(one, 'recurrence-id') === undefined);
  const changes = events.filter((one) => !masters.includes(one));
  const uidOf = (one: Component): string => textOf(one, 'uid');
  const orphans = changes.filter((one) => !masters.some((master) => uidOf(master) === uidOf(one)));
  const all = [
    ...masters.map((master) =>
      taken(
        master,
        changes.filter((one) => uidOf(one) === uidOf(master)),
        calendar,
      ),
    ),
    ...orphans.map(() => 'It is a change of one occurrence, and the series is not in the file.'),
    ...others.map((one) => `It is ${KINDS[one.name] ?? `a component ${one.name.toUpperCase()}`}, not an event.`),
  ];
  return all.length === 0 ? ['There is no event in it.'] : all;
}

function taken(master: Component, changes: readonly Component[], calendar: Component): Read {
  try {
    return eventOf(master, changes, calendar);
  } catch (error) {
    // Whatever it is, it is of this event alone.
    return error instanceof Refusal ? error.message : `It cannot be read: ${firstLine(error)}`;
  }
}
