import type { EngineRecord, OutboxOperation } from '../../engine/model.ts';
import type { Source } from '../../engine/ports.ts';
import { ConflictError, GoneError } from '../../errors.ts';
import { contactPath, itemQuery, readContact } from './contact-wire.ts';

/** An operation on a contact that Outlook has. */
export interface ItemPush {
  readonly operation: OutboxOperation;
  readonly record: EngineRecord;
  readonly graphId: string;
  readonly source: Source;
}

/** The contact as it is now. */
export const look = (source: Source, graphId: string): Promise<unknown> =>
  source.get(`${contactPath(graphId)}?${itemQuery}`);

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

/**
 * Whether somebody else has taken the contact elsewhere than we know it, and than it is to go; of one whose place we do not know,
 * whether it lies in Deleted Items.
 */
export async function isTakenAway({ operation, record, source }: ItemPush, place: unknown): Promise<boolean> {
  const known = (record.base ?? record.fields)['folderId'];
  if (typeof place !== 'string' || place === operation.fields['folderId']) return false;
  return typeof known === 'string' ? place !== known : !(await isContactFolder(source, place));
}

/** Whether people keep contacts in this folder. Deleted Items is a folder of mail. */
export async function isContactFolder(source: Source, folderId: string): Promise<boolean> {
  const path = `/me/contactFolders/${encodeURIComponent(folderId)}?$select=id`;
  return (await attempt(() => source.get(path))) !== 'gone';
}

/** A write that holds only while the contact is as we know it; without a version it holds always. */
export const ifMatch = (etag: string | null): { readonly ifMatch?: string } => (etag === null ? {} : { ifMatch: etag });

/** Attempts after which a refusal of the version that stands is believed to be no matter of versions. */
const VERSIONED = 2;

/**
 * Whether a refused write is to be sent without a version: a remote that says again and again that a contact has changed which
 * is as we know it cannot tell versions apart, as no page promises. [graph-facts 8.1]
 */
export const isVersionless = ({ operation, record }: ItemPush, now: unknown): boolean =>
  record.etag !== null && operation.attempts >= VERSIONED && readContact(now, true).etag === record.etag;

/** The same, sent whatever the version. */
export const unversioned = (item: ItemPush): ItemPush => ({ ...item, record: { ...item.record, etag: null } });
