import type { Notification } from '../../shared/jobs/notifications/take-notifications.ts';
import { ensureSubscriptions } from '../../shared/jobs/subscriptions/ensure.ts';
import { addConnection, openJobWorld, type JobWorld } from './job-world.ts';

/** The scope of the connection in a `Subscribed`. */
export const MAIL = { connectionId: 'c1', domain: 'mail' };

export interface Subscribed {
  readonly world: JobWorld;
  readonly id: string;
  readonly key: string;
  readonly clientState: string;
  /** The round that follows the creation was taken and done. */
  settle(): Promise<void>;
}

/** A world with one live subscription of one connection, at rest. */
export async function subscribed(): Promise<Subscribed> {
  const world = openJobWorld();
  const connection = await addConnection(world, 'c1');
  await ensureSubscriptions(world.ports, connection);
  const [asked] = world.graph.asked;
  const settle = async (): Promise<void> => {
    world.queues.syncs.length = 0;
    world.due.rows.clear();
    await world.wake.clear(MAIL);
  };
  await settle();
  return {
    world,
    settle,
    id: (await world.row())?.id ?? '',
    key: new URL(asked?.notificationUrl ?? '').searchParams.get('k') ?? '',
    clientState: asked?.clientState ?? '',
  };
}

/** A notification of that subscription. */
export const item = (of: Subscribed, changes: Partial<Notification> = {}): Notification => ({
  subscriptionId: of.id,
  clientState: of.clientState,
  itemId: 'message-1',
  ...changes,
});
