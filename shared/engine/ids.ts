import { hash } from '../lib/hash.ts';
import type { Random } from '../lib/random.ts';

/** The id of a record that was first seen remotely: the same for every worker and every retry. */
export const remoteRecordId = (connectionId: string, graphId: string): string => hash([connectionId, graphId], 22);

/** The id of a record that was born here. */
export const bornRecordId = (random: Random): string => `n-${random.token(16)}`;

/** What the keys of a record's outbox operations begin with, so that they are read without those of all others. */
export const operationsOf = (recordId: string): string => `${hash([recordId], 16)}-`;

/** How a group of items stands in the column of their index rows (`Kind.groupColumn`): short, whatever the Graph id holds. */
export const groupKey = (graphId: string): string => hash([graphId], 16);
