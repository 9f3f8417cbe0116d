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
  subscriptions: z.object({ live: z.number(), overdue: z.number(), missing: z.number() }),
  tokens: z.object({ dead: z.number(), aging: z.number() }),
  // Not counted by earlier releases.
  endpoints: z
    .object({ active: z.number(), failing: z.number(), paused: z.number() })
    .default({ active: 0, failing: 0, paused: 0 }),
  lastFailure: z
    .object({ connectionId: z.string(), domain: z.string(), at: z.string(), error: z.string().nullable() })
    .nullable(),
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
