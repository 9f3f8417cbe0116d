import { syncStarted } from '../api/schemas.ts';
import { connectionId, listOf, timeoutMs } from '../arguments.ts';
import { OpsError } from '../errors.ts';
import { describeEnded, followRounds, isWell } from '../follow/follow.ts';
import { beforeOf, isUnderWay, stuckBecause } from '../follow/round.ts';
import type { Verb } from '../verb.ts';

/** A full round, followed to its end. */
export const backfill: Verb = {
  summary: 'read a mailbox anew and compare everything, followed to the end',
  usage: '<connectionId>',
  options: {
    domains: { value: 'list', help: 'these domains alone, comma-separated; default: all of the connection' },
    timeout: { value: 's', help: 'stop following after so many seconds; default 0 = never' },
  },
  notes: [
    'The service does the work; this only follows it, through failures that the service tries again by itself.',
    'Ended and called again, it follows the first sync or full round that is under way instead of starting another.',
  ],
  most: 1,
  run: async (call) => {
    const id = connectionId(call);
    const given = listOf(call, 'domains');
    const limitMs = timeoutMs(call, 0);
    const api = call.api();
    const connection = await api.connection(id);
    const stuck = stuckBecause(connection);
    if (stuck !== null) throw new OpsError(`${id} ${stuck}`);
    const before = beforeOf(connection);
    const underWay = (given ?? Object.keys(connection.domains)).filter((name) => isRunning(connection.domains[name]));
    const following = underWay.length > 0;
    // A round that is under way is only asked to go on: asking for a full one would begin it anew.
    const wish = following ? { domains: underWay } : { full: true, ...(given === undefined ? {} : { domains: given }) };
    const { domains } = await api.send(syncStarted, `/connections/${id}/sync`, { method: 'POST', body: wish });
    const names = domains.join(', ');
    call.output.note(
      following ? `A round of ${names} is under way: following it.` : `A full round of ${names} has begun.`,
    );
    const ended = await followRounds(api, id, call.output, {
      domains,
      before,
      timeoutMs: limitMs,
      patient: true,
    });
    call.output.data({ connectionId: id, ended });
    call.output.say(`${id}: ${ended.map(describeEnded).join('; ')}`);
    return ended.every(isWell) ? 0 : 1;
  },
};

type Shown = Parameters<typeof isUnderWay>[0];
const isRunning = (domain: Shown | undefined): boolean => domain !== undefined && isUnderWay(domain);
