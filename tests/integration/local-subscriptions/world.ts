import { z } from 'zod';
import { ADELE, openWorld, record, type World } from '../local-entra/world.ts';
import { openReceiver, type Receiver } from './receiver.ts';

export interface GraphAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface SubscriptionWorld extends World {
  readonly receiver: Receiver;
  graph(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<GraphAnswer>;
  /** A subscription to Adele's mail; members in `changes` override, `undefined` leaves one out. */
  subscribe(changes?: Record<string, unknown>, headers?: Record<string, string>): Promise<GraphAnswer>;
  /** Another token from here on: a new sign-in, or one given. */
  useToken(token?: string): Promise<void>;
  mail(members?: Record<string, unknown>): Promise<string>;
  advance(seconds: number): Promise<unknown>;
}

const place = z.array(z.object({ id: z.string() }));

export async function openSubscriptionWorld(): Promise<SubscriptionWorld> {
  const world = await openWorld();
  const receiver = await openReceiver();
  let token = '';
  let ahead = 0;
  const useToken = async (given?: string): Promise<void> => {
    token = given ?? String((await world.redeem(await world.code())).body['access_token']);
  };
  await useToken();
  const graph = async (method: string, path: string, body?: unknown, headers = {}): Promise<GraphAnswer> => {
    const response = await fetch(`${world.url}/v1.0${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : record(JSON.parse(text)) };
  };
  return {
    ...world,
    receiver,
    graph,
    useToken,
    subscribe: (changes = {}, headers = {}) =>
      graph(
        'POST',
        '/subscriptions',
        {
          resource: 'me/messages',
          changeType: 'created,updated,deleted',
          notificationUrl: `${receiver.url}/hook?k=1`,
          expirationDateTime: new Date(Date.now() + (ahead + 86_400) * 1000).toISOString(),
          clientState: 'secret-state',
          ...changes,
        },
        headers,
      ),
    async mail(members = {}) {
      const made = place.parse(
        await world.control('POST', `/users/${ADELE.username}/messages`, { subject: 'Hi', ...members }),
      );
      return made[0]?.id ?? '';
    },
    async advance(seconds) {
      ahead += seconds;
      return world.control('POST', '/clock', { advanceSeconds: seconds });
    },
    async close() {
      await world.close();
      await receiver.close();
    },
  };
}
