import type { TableClient } from '@azure/data-tables';
import type { Counted } from './backfill-types.ts';
import type { BenchDomain } from './domains.ts';

/** A sort of row, and what tells it from the others of the table. */
interface Tally {
  rows: number;
  characters: number;
}

/** How a row holds its JSON: as it is, or deflated where it is long; it goes over the wire in base64 then. */
interface Packed {
  readonly json?: string;
  readonly data0?: Uint8Array;
}

const CHANGE = 'change|';
const INDEX = 'index|';
const RECORD = 'record|';

/** Counts the rows of a domain's items in a partition of the product's, or of the floor's. */
export async function countRows(table: TableClient, partition: string, domain: BenchDomain): Promise<Counted> {
  const [record, index, change] = [newTally(), newTally(), newTally()];
  const filter = `PartitionKey eq '${partition}' and RowKey ge '${CHANGE}' and RowKey lt 'record}'`;
  const queryOptions = { filter, select: ['rowKey', 'json', 'data0'] };
  for await (const { rowKey = '', json = '', data0 } of table.listEntities<Packed>({ queryOptions })) {
    // Folders are records, too, and the end of a first sync is told.
    const isItem = json.includes(`"kind":"${domain.kind}"`) || !json.includes('"kind":');
    const characters = data0 === undefined ? json.length : Math.ceil(data0.length / 3) * 4;
    if (rowKey.startsWith(RECORD) && isItem) add(record, characters);
    else if (domain.orders.some((order) => rowKey.startsWith(`${INDEX}${order}`))) add(index, characters);
    else if (rowKey.startsWith(CHANGE) && !json.includes('"type":"sync.')) add(change, characters);
  }
  return {
    items: record.rows,
    rows: record.rows + index.rows,
    told: change.rows,
    sizes: { record: meanOf(record), index: meanOf(index), change: meanOf(change) },
  };
}

const newTally = (): Tally => ({ rows: 0, characters: 0 });

function add(tally: Tally, characters: number): void {
  tally.rows++;
  tally.characters += characters;
}

const meanOf = ({ rows, characters }: Tally): number => (rows === 0 ? 0 : Math.round(characters / rows));
