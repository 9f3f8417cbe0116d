import { z } from 'zod';
import type { EngineRecord, OutboxOperation } from '../../engine/model.ts';
import type { Source } from '../../engine/ports.ts';
import { ConflictError, GoneError, RejectedError } from '../../errors.ts';
import { eventPath } from './calendar-stream.ts';
import { textIn } from './event-fields.ts';
import { eventSelect } from './event-wire.ts';
import type { Refusal } from './refusal.ts';
import type { EventBody } from './teams-block.ts';

/** An operation on an event that Outlook has. */
export interface ItemPush {
  readonly operation: OutboxOperation;
  readonly record: EngineRecord;
  /** Below its calendar: what has been deleted is not found there, wherever it lies now. */
  readonly path: string;
  readonly source: Source;
}

/** The path of the event of a record. */
export const pathOf = (record: EngineRecord, graphId: string): string =>
  eventPath(graphId, textIn(record.fields['calendarId']) ?? undefined);

/** The event as it is now. */
export const look = ({ source, path }: Pick<ItemPush, 'source' | 'path'>): Promise<unknown> =>
  source.get(`${path}?$select=${eventSelect}`);

/** What a call answers, or what it is told instead: that somebody was there first, or that it is gone. */
export async function attempt<T>(call: () => Promise<T>): Promise<T | 'conflict' | 'gone'> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ConflictError) return 'conflict';
    if (error instanceof GoneError) return 'gone';
    throw error;
  }
}

const versioned = z.object({ '@odata.etag': z.string() });

/** The version of an event as it was looked at; of an occurrence that of its series. Null where it shows none. */
export const versionIn = (raw: unknown): string | null => versioned.safeParse(raw).data?.['@odata.etag'] ?? null;

/** A write that holds only while the event is as we know it; an occurrence has no version of its own. */
export const ifMatch = (etag: string | null): { readonly ifMatch?: string } => (etag === null ? {} : { ifMatch: etag });

/** What cannot be told to Outlook is refused as Outlook would refuse it. */
export const rejected = ({ part, reason }: Refusal): RejectedError => new RejectedError(`${part}: ${reason}`);

const bodied = z.object({ body: z.object({ contentType: z.string(), content: z.string() }) });

/** The body of an event as it is read; an empty one where it has none. */
export function bodyOf(raw: unknown): EventBody {
  const body = bodied.safeParse(raw).data?.body;
  return { contentType: body?.contentType.toLowerCase() === 'html' ? 'html' : 'text', content: body?.content ?? '' };
}
