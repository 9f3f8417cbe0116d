import { z } from 'zod';
import type { Head } from '../../shared/engine/head.ts';
import { writeLocally, type Intent, type LocalRows } from '../../shared/engine/local-write.ts';
import type { Change, Cursor, EngineRecord } from '../../shared/engine/model.ts';
import { runSyncJob } from '../../shared/jobs/sync-job.ts';
import type { SyncWorld } from './sync-world.ts';

const effects = z.array(z.object({ kind: z.string(), id: z.string(), by: z.string() }));

/** The short ways of a world to one of its domains, whichever it is. */
export interface DomainSides {
  /** Rounds of the domain, and all that comes of it. */
  poll(why?: 'schedule' | 'notification'): Promise<void>;
  /** A write of the application, up to the queue. */
  write(intend: (rows: LocalRows) => Promise<Intent | null> | Intent): Promise<EngineRecord>;
  feed(): Promise<Change[]>;
  head(): Promise<Head>;
  cursors(): Promise<Cursor[]>;
  /** Kinds of what the application has done to an item in Outlook. */
  effects(id?: string): Promise<string[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Those of a domain that the world's connection syncs. */
export function domainSides(world: SyncWorld, name: string): DomainSides {
  const { app, connectionId } = world;
  const scope = { connectionId, domain: name };
  const domain = app.domains[name]?.domain;
  if (domain === undefined) throw new Error(`there is no domain ${name}`);
  return {
    poll: async (why = 'schedule') => {
      await runSyncJob({ ...scope, why, due: null }, app);
      await world.drain();
    },
    write: async (intend) => {
      const written = await writeLocally(app, domain, scope, { intend: (rows) => Promise.resolve(intend(rows)) });
      if (written === null) throw new Error('there is no such record');
      await app.queues.push({ ...scope, due: null });
      return written.record;
    },
    feed: () => app.store.readChanges(scope, 0, 10_000),
    head: async () => {
      const found = await app.store.readHead(scope);
      if (found === null) throw new Error('there is no head');
      return found.head;
    },
    cursors: () => app.store.readCursors(scope),
    effects: async (id) =>
      effects
        .parse(await world.user('GET', '/effects'))
        .filter((effect) => effect.by === 'app' && (id === undefined || effect.id === id))
        .map(({ kind }) => kind),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
