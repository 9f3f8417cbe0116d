import type { Connection, VersionedConnection } from '../../shared/engine/connection.ts';
import { connectionSchema } from '../../shared/engine/connection.ts';
import type { ConnectionStore } from '../../shared/engine/directory-ports.ts';
import { FenceLostError } from '../../shared/errors.ts';

/** Connections in memory: every write is compared and swapped, and what is read is a copy. */
export class MemoryConnections implements ConnectionStore {
  readonly #rows = new Map<string, { version: number; text: string }>();

  read(id: string): Promise<VersionedConnection | null> {
    const row = this.#rows.get(id);
    return Promise.resolve(
      row === undefined
        ? null
        : { version: String(row.version), connection: connectionSchema.parse(JSON.parse(row.text)) },
    );
  }

  create(connection: Connection): Promise<boolean> {
    if (this.#rows.has(connection.id)) return Promise.resolve(false);
    this.#rows.set(connection.id, { version: 1, text: JSON.stringify(connection) });
    return Promise.resolve(true);
  }

  replace(connection: Connection, version: string): Promise<string> {
    const row = this.#rows.get(connection.id);
    if (row === undefined || String(row.version) !== version) {
      return Promise.reject(new FenceLostError('Another writer was first'));
    }
    row.version += 1;
    row.text = JSON.stringify(connection);
    return Promise.resolve(String(row.version));
  }

  remove(id: string): Promise<void> {
    this.#rows.delete(id);
    return Promise.resolve();
  }

  list(query: Parameters<ConnectionStore['list']>[0]): ReturnType<ConnectionStore['list']> {
    const { userId, status, workspaces, limit, after } = query;
    const wanted = [...this.#rows.keys()]
      .toSorted()
      .map((id) => connectionSchema.parse(JSON.parse(this.#rows.get(id)?.text ?? '')))
      .filter((one) => after === null || one.id > after)
      .filter((one) => userId === undefined || one.userId === userId)
      .filter((one) => status === undefined || one.status === status)
      .filter((one) => workspaces === undefined || workspaces.includes(one.workspaceId ?? ''));
    const connections = wanted.slice(0, limit);
    return Promise.resolve({ connections, next: wanted.length > limit ? (connections.at(-1)?.id ?? null) : null });
  }
}
