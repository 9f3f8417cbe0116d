import { z } from 'zod';
import type { Statistics, StatisticsStore } from '../engine/directory-ports.ts';
import { checkColumns, pack } from './columns.ts';
import { decodeRow } from './decode.ts';
import type { Table } from './table.ts';

const counts = z.record(z.string(), z.number());
const statisticsSchema: z.ZodType<Statistics> = z.object({
  at: z.string(),
  connections: counts,
  domains: counts,
  warnings: counts,
  queues: counts,
});

/** The last figures, one row of table `lookups`. */
export class TableStatisticsStore implements StatisticsStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async write(statistics: Statistics): Promise<void> {
    const columns = pack(statistics);
    checkColumns(columns);
    await this.#table.upsert({ partitionKey: 'statistics', rowKey: 'last', ...columns });
  }

  async read(): Promise<Statistics | null> {
    const row = await this.#table.get('statistics', 'last');
    return row === null ? null : decodeRow(statisticsSchema, 'statistics', row);
  }
}
