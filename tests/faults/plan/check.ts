import { brokenAtoms, unsettled } from './invariants.ts';
import { planDomain } from './domains.ts';
import { readPartition, readRows, type Partition } from './partition.ts';
import { wrongEffects, wrongFeed, wrongFields, type Prepared } from './scenarios.ts';

/** What is broken that no crash may break, at any moment. */
export async function checkAtoms({ rig, mailbox }: Prepared): Promise<string[]> {
  return brokenAtoms(await readPartition(rig, mailbox.connectionId, mailbox.domain), mailbox);
}

/** What is still to be done, or broken. */
export async function checkRest({ rig, mailbox }: Prepared): Promise<string[]> {
  const partition = await readPartition(rig, mailbox.connectionId, mailbox.domain);
  return [...unsettled(partition), ...brokenAtoms(partition, mailbox)];
}

/** Everything, once all has come to rest: the store equals the tenant, each change and each effect once, the next poll is due. */
export async function checkEnd(prepared: Prepared): Promise<string[]> {
  const { rig, mailbox, expected } = prepared;
  const partition = await readPartition(rig, mailbox.connectionId, mailbox.domain);
  return [
    ...unsettled(partition),
    ...brokenAtoms(partition, mailbox),
    ...(partition.records.some((record) => record.leaving !== undefined) ? ['a deleted record is not settled'] : []),
    ...(await tenantDifferences(prepared, partition)),
    ...wrongFeed(partition, expected, planDomain(mailbox.domain)),
    ...wrongFields(partition, expected, planDomain(mailbox.domain)),
    ...(await wrongEffects(prepared, partition)),
    ...(await brokenConnection(prepared)),
  ];
}

/** Differences between the store and the tenant. */
export const tenantDifferences = ({ rig, mailbox }: Prepared, partition: Partition): Promise<string[]> =>
  planDomain(mailbox.domain).differences(rig, mailbox, partition);

/** A connection that was only met by passing faults is connected, was told once, and will be polled again. */
async function brokenConnection({ rig, mailbox }: Prepared): Promise<string[]> {
  const { changes } = await readPartition(rig, mailbox.connectionId, 'connection');
  const told = changes.map((change) => change.type).join();
  const due = (await readRows(rig, 'due')).filter((row) => row['connectionId'] === mailbox.connectionId);
  const regular = due.filter((row) => String(row['partitionKey']).startsWith(`${mailbox.domain}|`));
  return [
    ...(told === 'connection.connected' ? [] : [`the connection's feed says "${told}"`]),
    ...(regular.length > 0 ? [] : ['no poll is due']),
  ];
}
