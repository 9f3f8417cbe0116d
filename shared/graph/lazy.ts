import type { Source } from '../engine/ports.ts';
import type { RemoteSubscriptions } from '../engine/remote-ports.ts';
import { explainSignIn } from './aadsts.ts';
import type { Graph, GraphParts, GraphSettings } from './open.ts';

/**
 * As `openGraph`, but what it takes is loaded by the first call that goes to Microsoft: half of the code of a worker, none of
 * which its webhooks, timers and lists need. A load that failed is tried again by the next call.
 */
export function openGraphLazily(config: GraphSettings, parts: GraphParts): Graph {
  const graph = once(async () => (await import('./open.ts')).openGraph(config, parts));
  return {
    sources: { open: (connection, lease) => lazySource(async () => (await graph()).sources.open(connection, lease)) },
    signIn: {
      begin: async (request) => (await graph()).signIn.begin(request),
      finish: async (answer) => (await graph()).signIn.finish(answer),
      explain: explainSignIn,
    },
    subscriptions: {
      open: (connection) => lazySubscriptions(async () => (await graph()).subscriptions.open(connection)),
    },
  };
}

/** One source for all calls, as it would have been opened: what it learns in one call holds for the next. */
function lazySource(open: () => Promise<Source>): Source {
  const source = once(open);
  return {
    page: async (at, pageSize) => (await source()).page(at, pageSize),
    get: async (path) => (await source()).get(path),
    getMany: async (paths) => (await source()).getMany(paths),
    list: async function* (path) {
      yield* (await source()).list(path);
    },
    media: async (path, largest) => (await source()).media(path, largest),
    write: async (write) => (await source()).write(write),
  };
}

function lazySubscriptions(open: () => Promise<RemoteSubscriptions>): RemoteSubscriptions {
  const subscriptions = once(open);
  return {
    create: async (request) => (await subscriptions()).create(request),
    renew: async (id, expiresAt) => (await subscriptions()).renew(id, expiresAt),
    remove: async (id) => (await subscriptions()).remove(id),
    list: async function* () {
      yield* (await subscriptions()).list();
    },
  };
}

/** Opens at the first call; again where that failed. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}
