import type {
  DeliveryStore,
  DeliveryTransport,
  Endpoint,
  EndpointStore,
  VersionedEndpoint,
} from '../../shared/engine/delivery-ports.ts';
import { FenceLostError } from '../../shared/errors.ts';

/** Endpoints with a version each; none at first. */
export class MemoryEndpoints implements EndpointStore {
  readonly rows = new Map<string, VersionedEndpoint>();
  #next = 0;

  read(id: string): Promise<VersionedEndpoint | null> {
    return Promise.resolve(this.rows.get(id) ?? null);
  }
  list(): Promise<VersionedEndpoint[]> {
    return Promise.resolve([...this.rows.values()].toSorted((a, b) => (a.endpoint.id < b.endpoint.id ? -1 : 1)));
  }
  create(endpoint: Endpoint): Promise<boolean> {
    if (this.rows.has(endpoint.id)) return Promise.resolve(false);
    this.rows.set(endpoint.id, { endpoint, version: String(++this.#next) });
    return Promise.resolve(true);
  }
  replace(endpoint: Endpoint, version: string): Promise<string> {
    if (this.rows.get(endpoint.id)?.version !== version) return Promise.reject(new FenceLostError('another writer'));
    const next = String(++this.#next);
    this.rows.set(endpoint.id, { endpoint, version: next });
    return Promise.resolve(next);
  }
  remove(id: string): Promise<void> {
    this.rows.delete(id);
    return Promise.resolve();
  }
}

const none = (): never => {
  throw new Error('not part of this stand-in');
};

/** No deliveries at all: for jobs whose endpoints are none, and that only tidy. */
export class NoDeliveries implements DeliveryStore {
  readCursor = none;
  isRequested = none;
  commit = none;
  read = none;
  list = none;
  askAgain = none;
  behind = none;
  removeCursors = (): Promise<number> => Promise.resolve(0);
  dropBefore = (): Promise<number> => Promise.resolve(0);
  erase = (): Promise<void> => Promise.resolve();
}

/** Sends nothing: a call is a mistake of the test. */
export const noTransport: DeliveryTransport = { send: none };
