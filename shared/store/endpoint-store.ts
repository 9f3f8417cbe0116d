import { endpointSchema, type Endpoint, type EndpointStore, type VersionedEndpoint } from '../engine/delivery-ports.ts';
import { FenceLostError } from '../errors.ts';
import type { Random } from '../lib/random.ts';
import { checkColumns, literal, pack } from './columns.ts';
import { decodeRow } from './decode.ts';
import { keyPart } from './keys.ts';
import { swapRow } from './swap.ts';
import { rowVersion, type Row, type Table } from './table.ts';

/** One partition: they are few, and each delivery job reads all of them in one call. */
const PARTITION = 'endpoint';

/** Endpoints in table `endpoints`. */
export class TableEndpointStore implements EndpointStore {
  readonly #table: Table;
  readonly #random: Random;

  constructor(table: Table, random: Random) {
    this.#table = table;
    this.#random = random;
  }

  async read(id: string): Promise<VersionedEndpoint | null> {
    const row = await this.#table.get(PARTITION, keyPart(id));
    return row === null ? null : decodeEndpoint(row);
  }

  async list(): Promise<VersionedEndpoint[]> {
    return (await this.#table.all(`PartitionKey eq ${literal(PARTITION)}`)).map(decodeEndpoint);
  }

  async create(endpoint: Endpoint): Promise<boolean> {
    return (await this.swap(endpoint, null)) !== null;
  }

  async replace(endpoint: Endpoint, version: string): Promise<string> {
    const next = await this.swap(endpoint, version);
    if (next === null) throw new FenceLostError('Another writer changed the endpoint first');
    return next;
  }

  async remove(id: string): Promise<void> {
    await this.#table.remove(PARTITION, keyPart(id));
  }

  private swap(endpoint: Endpoint, version: string | null): Promise<string | null> {
    const columns = pack(endpoint);
    checkColumns(columns);
    const row = { partitionKey: PARTITION, rowKey: keyPart(endpoint.id), ...columns };
    return swapRow(this.#table, this.#random, row, version);
  }
}

const decodeEndpoint = (row: Row): VersionedEndpoint => ({
  version: rowVersion(row),
  endpoint: decodeRow(endpointSchema, 'endpoint', row),
});
