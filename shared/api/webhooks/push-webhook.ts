import type { z } from 'zod';
import type { Connection } from '../../engine/connection.ts';
import { ProblemError } from '../../errors.ts';
import type { PushTrigger, Unwoken } from '../../jobs/push-trigger.ts';
import { sameText } from '../../lib/hash.ts';
import type { Log } from '../../lib/log.ts';
import { demandMethod } from '../http/demand-method.ts';
import { passedOver, pushBody, type pushAnswer, type PushBody } from './push-schema.ts';
import { readBody } from './read-body.ts';

export interface PushParts {
  /** OUTLOOK_PUSH_WEBHOOK_TOKEN; null = the trigger is switched off. */
  readonly token: string | null;
  /** PUSH_SYNC_MAX_MESSAGES: what `maxMessages` is cut to. */
  readonly maxMessages: number;
  /** Promises the rounds; throws StorageError (503) where it could not. */
  readonly take: (trigger: PushTrigger) => Promise<readonly Connection[] | Unwoken>;
}

/** For senders that cannot set `Authorization`. */
export const TOKEN_HEADER = 'x-push-token';
/** Names of members that an answer repeats. */
const MOST_IGNORED = 20;

/**
 * `POST /webhooks/push`. Without the token nothing is read and nothing is told, not even whether a connection exists; with it
 * the sender hears what was woken, or why nothing was. The token is taken from headers alone: addresses end up in logs.
 */
export function pushReceiver({ token, maxMessages, take }: PushParts) {
  return async (request: Request, { log }: { readonly log: Log }): Promise<Response> => {
    demandMethod(request, 'POST');
    if (token === null) throw new ProblemError(404, 'push_disabled', 'OUTLOOK_PUSH_WEBHOOK_TOKEN is not set here');
    authenticate(request.headers, token);
    const body = await readBody(request, pushBody, 'push trigger');
    const woken = await take(triggerOf(body, maxMessages));
    if (typeof woken === 'string') throw problemOf(woken, body);
    log.info('webhook.push', { domain: body.domain, connections: woken.length, ids: body.messageIds?.length ?? 0 });
    const answer: z.output<typeof pushAnswer> = {
      domain: body.domain,
      connections: woken.map(({ id, status }) => ({ connectionId: id, status })),
      ignored: passedOver(body).slice(0, MOST_IGNORED),
    };
    return Response.json(answer, { status: 202, headers: { 'cache-control': 'no-store' } });
  };
}

/** Throws 401. Both places are compared in constant time. */
function authenticate(headers: Headers, token: string): void {
  const bearer = /^Bearer +([\x21-\x7e]+) *$/i.exec(headers.get('authorization') ?? '')?.[1];
  const own = headers.get(TOKEN_HEADER);
  if (bearer === undefined && own === null)
    throw new ProblemError(
      401,
      'key_missing',
      `Send the push token as "Authorization: Bearer" or as "${TOKEN_HEADER}"`,
    );
  const fits = [bearer ?? '', own ?? ''].map((given) => sameText(given, token));
  if (!fits.includes(true)) throw new ProblemError(401, 'key_unknown', 'The push token is not the right one');
}

function triggerOf(body: PushBody, most: number): PushTrigger {
  const { connectionId, emailAddress, userPrincipalName, domain, messageIds, maxMessages } = body;
  return {
    target:
      connectionId === undefined
        ? { addresses: [emailAddress, userPrincipalName].filter((one) => one !== undefined) }
        : { connectionId },
    domain,
    ids: messageIds ?? null,
    ...(maxMessages === undefined ? {} : { firstPage: Math.max(1, Math.min(maxMessages, most)) }),
  };
}

function problemOf(why: Unwoken, body: PushBody): ProblemError {
  if (why === 'leaving') return new ProblemError(409, 'connection_leaving', 'The connection is being disconnected');
  if (why === 'other-domains') {
    const faults = [{ path: 'body.domain', message: 'is not synced by the connection' }];
    return new ProblemError(400, 'malformed', `No round of "${body.domain}" can be woken`, { faults });
  }
  const text = body.connectionId === undefined ? 'No connection signed in with this address' : 'No such connection';
  return new ProblemError(404, 'connection_unknown', text);
}
