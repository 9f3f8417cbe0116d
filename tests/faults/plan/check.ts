import { apiMessage, differences } from '../../../infra/local/demo/compare.ts';
import { readTruth, truthMessage } from '../../../infra/local/demo/mailbox.ts';
import { streamOfFolder } from '../../../shared/domains/mail/folder.ts';
import { brokenAtoms, unsettled } from './invariants.ts';
import { packed, readPartition, readRows, type Partition } from './partition.ts';
import { wrongEffects, wrongFeed, type Prepared } from './scenarios.ts';

/** What is broken that no crash may break, at any moment. */
export async function checkAtoms({ rig, mailbox }: Prepared): Promise<string[]> {
  return brokenAtoms(await readPartition(rig, mailbox.connectionId), mailbox.connectionId);
}

/** What is still to be done, or broken. */
export async function checkRest({ rig, mailbox }: Prepared): Promise<string[]> {
  const partition = await readPartition(rig, mailbox.connectionId);
  return [...unsettled(partition), ...brokenAtoms(partition, mailbox.connectionId)];
}

/** Everything, once all has come to rest: the store equals the tenant, each change and each effect once, the next poll is due. */
export async function checkEnd(prepared: Prepared): Promise<string[]> {
  const { rig, mailbox, expected } = prepared;
  const partition = await readPartition(rig, mailbox.connectionId);
  return [
    ...unsettled(partition),
    ...brokenAtoms(partition, mailbox.connectionId),
    ...(await tenantDifferences(prepared, partition)),
    ...wrongFeed(partition, expected),
    ...(await wrongEffects(prepared)),
    ...(await brokenConnection(prepared)),
  ];
}

/** Differences between the store and the tenant. */
export async function tenantDifferences({ rig, mailbox }: Prepared, { cursors, rows }: Partition): Promise<string[]> {
  const truth = await readTruth(rig.microsoft.control, mailbox.upn);
  const streams = new Set(cursors.map((cursor) => cursor.stream));
  const wanted = truth.messages.filter((message) => streams.has(streamOfFolder(message.parentFolderId)));
  const items = rows('index').filter((row) => row.rowKey.startsWith('index|m:'));
  return differences(
    wanted.map((message) => truthMessage.parse(message)),
    items.map((row) => apiMessage.parse(packed(row))),
  );
}

/** A connection that was only met by passing faults is connected, was told once, and will be polled again. */
async function brokenConnection({ rig, mailbox }: Prepared): Promise<string[]> {
  const { changes } = await readPartition(rig, mailbox.connectionId, 'connection');
  const told = changes.map((change) => change.type).join();
  const due = (await readRows(rig, 'due')).filter((row) => row['connectionId'] === mailbox.connectionId);
  const regular = due.filter((row) => String(row['partitionKey']).startsWith('mail|'));
  return [
    ...(told === 'connection.connected' ? [] : [`the connection's feed says "${told}"`]),
    ...(regular.length > 0 ? [] : ['no poll is due']),
  ];
}
