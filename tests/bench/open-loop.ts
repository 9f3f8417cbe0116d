import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** A POST of JSON to be sent. */
export interface Post {
  readonly url: string;
  readonly body: string;
}

/** What came of a load. */
export interface Load {
  /** Milliseconds from the moment a request was to be sent to the end of its answer, in that order. */
  readonly ms: readonly number[];
  /** Answers by status; 0 = none. */
  readonly statuses: Readonly<Record<string, number>>;
}

/**
 * Sends each request at its time, whether or not those before it were answered; a late start counts as waiting. So a server
 * that stalls is not spared the requests that came meanwhile.
 */
export async function openLoop(posts: readonly Post[], perSecond: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: 512 });
  const began = performance.now() + 50;
  const ms: number[] = [];
  const statuses: Record<string, number> = {};
  const sent = posts.map(async (post, index) => {
    const intended = began + (index * 1000) / perSecond;
    await pause(Math.max(0, intended - performance.now()));
    const status = await sendPost(agent, post).catch(() => 0);
    ms[index] = performance.now() - intended;
    statuses[status] = (statuses[status] ?? 0) + 1;
  });
  await Promise.all(sent);
  agent.destroy();
  return { ms, statuses };
}

/** Sends one request and reads its answer to the end; answers the status. */
export function sendPost(agent: Agent, { url, body }: Post): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => {
        resolve(answer.statusCode ?? 0);
      });
      answer.once('error', reject);
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
