import { readAccount } from './account.ts';
import { readPartition } from './partition.ts';
import { sendRound, type Prepared, type Scenario } from './scenarios.ts';
import { standing } from './scenarios-connect.ts';

/** The grant dies, and a round is the first to meet it: the connection says so, and the application is told once (P17). */
export const losingGrant: Scenario = {
  name: 'lose-grant',
  prepare: async (rig, app) => {
    const mailbox = await standing(rig, app);
    const base: Prepared = { rig, mailbox, expected: { told: {}, effects: {} }, request: null };
    await rig.user(mailbox.upn, 'POST', '/revoke', { error: '50173' });
    const wrong = async (): Promise<string[]> => {
      const [connection] = (await readAccount(rig, mailbox.objectId)).connections;
      const { changes } = await readPartition(rig, mailbox.connectionId, 'connection');
      const types = changes.map((change) => change.type).join();
      const { head } = await readPartition(rig, mailbox.connectionId);
      return [
        ...(connection?.status === 'reauth_required' ? [] : [`the connection is ${connection?.status ?? 'gone'}`]),
        ...((connection?.untold ?? []).length === 0 ? [] : ['something is untold']),
        ...(types === 'connection.connected,connection.reauth_required'
          ? []
          : [`the connection's feed says "${types}"`]),
        ...(head.status.status === 'error' ? [] : [`the domain is ${head.status.status}`]),
        ...(head.lease === null ? [] : ['the lease is held']),
      ];
    };
    const begin = async (): Promise<boolean> => {
      await sendRound(base);
      return true;
    };
    return { ...base, life: { begin, rest: wrong, end: wrong } };
  },
};
