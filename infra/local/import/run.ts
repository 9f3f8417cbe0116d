import { z } from 'zod';
import { call } from '../demo/client.ts';
import { isRefused, type FoundFile, type ImportItem, type Refused } from './item.ts';
import { readable, readerOf } from './readers.ts';
import { findFiles } from './walk.ts';

/** What came of an import. */
export interface ImportSummary {
  readonly imported: number;
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
 * `onProgress` hears now and then how many messages are in.
 */
export async function importPaths(
  control: string,
  upn: string,
  paths: readonly string[],
  onProgress?: (imported: number) => void,
): Promise<ImportSummary> {
  const folders = new Map<string, number>();
  const refused: Refused[] = [];
  let imported = 0;
  let waiting: ImportItem[] = [];
  const send = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    const told = answer.parse(await post(control, upn, batch));
    refused.push(...told.refused);
    imported += told.imported.length;
    onProgress?.(imported);
    for (const { name } of told.imported) {
      // A file may turn out to hold several messages, each with its number behind the name.
      const item = batch.find((one) => one.name === name) ?? batch.find((one) => name.startsWith(`${one.name}#`));
      const top = item?.folder[0] ?? '';
      folders.set(top, (folders.get(top) ?? 0) + 1);
    }
  };
  for await (const item of itemsIn(paths)) {
    if (isRefused(item)) refused.push(item);
    else if (item.content.byteLength > LARGEST)
      refused.push({ name: item.name, reason: `The message is larger than ${LARGEST} bytes.` });
    else {
      if (sizeOf(waiting) + item.content.byteLength > MOST_BYTES || waiting.length === MOST_ITEMS) await send();
      waiting.push(item);
    }
  }
  await send();
  return { imported, folders, refused };
}

const sizeOf = (items: readonly ImportItem[]): number => items.reduce((sum, item) => sum + item.content.byteLength, 0);

async function* itemsIn(paths: readonly string[]): AsyncIterable<ImportItem | Refused> {
  for (const path of paths) {
    for await (const file of findFiles(path)) {
      if ('reason' in file) yield file;
      else yield* itemsOf(file);
    }
  }
}

async function* itemsOf(file: FoundFile): AsyncIterable<ImportItem | Refused> {
  try {
    const read = await readerOf(file);
    if (read === null) yield { name: file.name, reason: `Nobody reads this kind of file (${readable.join(', ')}).` };
    else yield* read(file);
  } catch (error) {
    yield { name: file.name, reason: `It cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function post(control: string, upn: string, batch: readonly ImportItem[]): Promise<z.output<typeof answer>> {
  const files = batch.map(({ content, arrivedAt, ...item }) => ({
    ...item,
    base64: Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64'),
    ...(arrivedAt === undefined ? {} : { arrivedAt: arrivedAt.toISOString() }),
  }));
  return call(answer, `${control}/import`, { method: 'POST', body: { upn, files } });
}

/** The summary in lines, every refusal by its name. */
export function tellImport({ imported, folders, refused }: ImportSummary): string {
  const counts = [...folders].map(([name, count]) => `${name} ${count}`).join(', ');
  const lines = [`Imported ${imported} messages${counts === '' ? '' : ` (${counts})`}; ${refused.length} refused.`];
  return [...lines, ...refused.map(({ name, reason }) => `  refused  ${name}: ${reason}`)].join('\n');
}
