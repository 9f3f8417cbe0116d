import { z } from 'zod';
import { call } from '../demo/client.ts';
import { isRefused, type FoundFile, type Importable, type Refused } from './item.ts';
import { readable, readerOf } from './readers.ts';
import { findFiles } from './walk.ts';

/** What came of an import. */
export interface ImportSummary {
  /** Messages. */
  readonly imported: number;
  readonly contacts: number;
  /** A series is one. */
  readonly events: number;
  /** Messages by the top of their folder. */
  readonly folders: ReadonlyMap<string, number>;
  readonly refused: readonly Refused[];
}

const answer = z.object({
  imported: z.array(z.object({ name: z.string(), id: z.string() })),
  refused: z.array(z.object({ name: z.string(), reason: z.string() })),
});

/** One request takes this much: whichever comes first. */
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_ITEMS = 200;
/** The tenant takes requests of 64 MiB, and base64 makes three bytes four. */
const LARGEST = 45 * 1024 * 1024;

/**
 * Fills a mailbox of the local tenant from files and folders. All that is in them is imported, or refused by name.
 * `onProgress` hears now and then how many items are in.
 */
export async function importPaths(
  control: string,
  upn: string,
  paths: readonly string[],
  onProgress?: (imported: number) => void,
): Promise<ImportSummary> {
  const summary: Summary = { imported: 0, contacts: 0, events: 0, folders: new Map(), refused: [] };
  let waiting: Importable[] = [];
  let bytes = 0;
  const send = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    bytes = 0;
    if (batch.length === 0) return;
    const told = answer.parse(await post(control, upn, batch));
    summary.refused.push(...told.refused);
    for (const { name } of told.imported) count(summary, batch, name);
    onProgress?.(summary.imported + summary.contacts + summary.events);
  };
  for await (const item of itemsIn(paths)) {
    if (isRefused(item)) summary.refused.push(item);
    else if (sizeOf(item) > LARGEST)
      summary.refused.push({ name: item.name, reason: `It is larger than ${LARGEST} bytes.` });
    else {
      if (bytes + sizeOf(item) > MOST_BYTES || waiting.length === MOST_ITEMS) await send();
      waiting.push(item);
      bytes += sizeOf(item);
    }
  }
  await send();
  return summary;
}

interface Summary extends ImportSummary {
  imported: number;
  contacts: number;
  events: number;
  readonly folders: Map<string, number>;
  readonly refused: Refused[];
}

function count(summary: Summary, batch: readonly Importable[], name: string): void {
  // A file may turn out to hold several messages, each with its number behind the name.
  const item = batch.find((one) => one.name === name) ?? batch.find((one) => name.startsWith(`${one.name}#`));
  if (item !== undefined && 'contact' in item) summary.contacts += 1;
  else if (item !== undefined && 'event' in item) summary.events += 1;
  else {
    const top = item?.folder[0] ?? '';
    summary.imported += 1;
    summary.folders.set(top, (summary.folders.get(top) ?? 0) + 1);
  }
}

function sizeOf(item: Importable): number {
  if ('content' in item) return item.content.byteLength;
  if ('event' in item) return JSON.stringify(item.event).length;
  return JSON.stringify(item.contact).length + (item.photo?.byteLength ?? 0);
}

async function* itemsIn(paths: readonly string[]): AsyncIterable<Importable | Refused> {
  for (const path of paths) {
    for await (const file of findFiles(path)) {
      if ('reason' in file) yield file;
      else yield* itemsOf(file);
    }
  }
}

async function* itemsOf(file: FoundFile): AsyncIterable<Importable | Refused> {
  try {
    const read = await readerOf(file);
    if (read === null) yield { name: file.name, reason: `Nobody reads this kind of file (${readable.join(', ')}).` };
    else yield* read(file);
  } catch (error) {
    yield { name: file.name, reason: `It cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function post(control: string, upn: string, batch: readonly Importable[]): Promise<z.output<typeof answer>> {
  return call(answer, `${control}/import`, { method: 'POST', body: { upn, files: batch.map(onTheWire) } });
}

function onTheWire(item: Importable): object {
  if ('event' in item) return item;
  if ('contact' in item) {
    const { photo, ...rest } = item;
    return photo === undefined ? rest : { ...rest, photo: base64(photo) };
  }
  const { content, arrivedAt, ...rest } = item;
  const time = arrivedAt === undefined ? {} : { arrivedAt: arrivedAt.toISOString() };
  return { ...rest, base64: base64(content), ...time };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The summary in lines, every refusal by its name. */
export function tellImport({ imported, contacts, events, folders, refused }: ImportSummary): string {
  const counts = [...folders].map(([name, count]) => `${name} ${count}`).join(', ');
  const parts = [
    ...(imported === 0 ? [] : [`${counted(imported, 'message')} (${counts})`]),
    ...(contacts === 0 ? [] : [counted(contacts, 'contact')]),
    ...(events === 0 ? [] : [counted(events, 'event')]),
  ];
  const all = parts.length === 0 ? 'nothing' : parts.join(', ');
  const lines = [`Imported ${all}; ${refused.length} refused.`];
  return [...lines, ...refused.map(({ name, reason }) => `  refused  ${name}: ${reason}`)].join('\n');
}
