import type { IdKind } from '../ids.ts';
import type { ItemResource } from '../model.ts';

export type ChangeType = 'created' | 'updated' | 'deleted';

/** The mailbox, and the folder in it, that a subscription is about. */
export interface Target {
  readonly userId: string;
  readonly resource: ItemResource;
  /** One of the names that the folder's changes carry: its id or a well-known name in lower case; undefined = the whole mailbox. */
  readonly folder: string | undefined;
}

export interface Subscription {
  readonly id: string;
  readonly clientId: string;
  /** Who created it; undefined when it was app-only. */
  readonly creator: string | undefined;
  /** As the application wrote it. */
  readonly resource: string;
  readonly target: Target;
  readonly changeType: string;
  readonly changeTypes: ReadonlySet<ChangeType>;
  notificationUrl: string;
  readonly lifecycleNotificationUrl: string | undefined;
  readonly clientState: string | undefined;
  readonly latestSupportedTlsVersion: string;
  /** By the `Prefer: IdType` of the creation; it cannot be changed later. */
  readonly idKind: IdKind;
  /** Ms since the epoch, by the server's clock. */
  expiresMs: number;
  /** When the token behind a delegated subscription ends: delivery pauses then. */
  authorizedUntilMs: number;
}

/** The wire form. `clientState` is told to its creator once, in the answer to the POST, and never again. */
export function viewOf(subscription: Subscription, withClientState = false): Record<string, unknown> {
  return {
    id: subscription.id,
    resource: subscription.resource,
    applicationId: subscription.clientId,
    changeType: subscription.changeType,
    ...(withClientState ? { clientState: subscription.clientState ?? null } : {}),
    notificationUrl: subscription.notificationUrl,
    notificationQueryOptions: null,
    lifecycleNotificationUrl: subscription.lifecycleNotificationUrl ?? null,
    expirationDateTime: new Date(subscription.expiresMs).toISOString(),
    creatorId: subscription.creator ?? subscription.clientId,
    includeResourceData: null,
    latestSupportedTlsVersion: subscription.latestSupportedTlsVersion,
    encryptionCertificate: null,
    encryptionCertificateId: null,
    notificationUrlAppId: null,
  };
}
