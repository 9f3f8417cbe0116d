import { ConnectionError } from '../errors.ts';
import type { OutboxOperation } from './model.ts';
import { putOperation } from './outbox-rows.ts';
import type { EnginePorts } from './ports.ts';
import type { PushRequest } from './push.ts';
import { enterRefused } from './push-refused.ts';
import { postponed, settlePush, type Pushed } from './push-settle.ts';

/** So often a write to which access is denied is tried, each time later: the rights of a share may come back meanwhile. */
export const DENIED_TRIES = 4;

/** The code of a write that was refused for want of access; a promise. */
const DENIED = 'access_denied';

/**
 * Whether the remote has denied access to what a write is about (403). It says nothing of the connection: whether the mailbox can be
 * read the rounds tell (P11, P17). A sign-in that is denied has another status, and is the connection's.
 */
export const isDenied = (error: unknown): error is ConnectionError =>
  error instanceof ConnectionError && error.reason === 'access_denied' && error.facts.status === 403;

/** The operation waits for another try, and those of its record behind it; after the last one it is refused for good. */
export async function enterDenied(
  ports: EnginePorts,
  request: PushRequest,
  operation: OutboxOperation,
  error: ConnectionError,
): Promise<Pushed> {
  const denials = (operation.denials ?? 0) + 1;
  ports.log.warn('push.denied', {
    domain: request.domain.name,
    'graph.code': error.facts.remoteCode,
    'graph.request_id': error.facts.requestId,
    tries: denials,
  });
  const pushed = await settlePush(ports, request, operation, (state) => {
    const { row, chunk } = state;
    if (denials >= DENIED_TRIES) return enterRefused(ports, request, state, { code: DENIED, message: error.message });
    chunk.add(putOperation({ ...postponed(ports, request, row, DENIED), denials }));
    return 'again';
  });
  return pushed ?? 'again';
}
