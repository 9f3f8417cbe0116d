/** Why an attempt failed: a stable word, and a sentence for people. Neither holds anything of the request or the answer. */
export interface DeliveryFault {
  readonly code: string;
  readonly words: string;
}

const known: Readonly<Record<string, DeliveryFault>> = {
  ECONNREFUSED: { code: 'connection_refused', words: 'nothing listens there' },
  ECONNRESET: { code: 'connection_reset', words: 'the connection was reset before an answer' },
  EPIPE: { code: 'connection_reset', words: 'the connection was closed before an answer' },
  ETIMEDOUT: { code: 'timeout', words: 'no connection was made in time' },
  EHOSTUNREACH: { code: 'unreachable', words: 'the network does not lead there' },
  ENETUNREACH: { code: 'unreachable', words: 'the network does not lead there' },
  EADDRNOTAVAIL: { code: 'unreachable', words: 'the network does not lead there' },
  ENOTFOUND: { code: 'name_unknown', words: 'the name is not known' },
  ENODATA: { code: 'name_unknown', words: 'the name has no address' },
  EAI_AGAIN: { code: 'name_unresolved', words: 'the name could not be looked up' },
  REFUSED_ADDRESS: { code: 'address_refused', words: 'the name leads to an address that nothing is sent to' },
};

/** An attempt that did not get as far as an answer. */
export function faultOf(error: unknown): DeliveryFault {
  const code = causeCode(error);
  const found = known[code];
  if (found !== undefined) return found;
  if (/CERT|SIGNED|SSL|TLS|EPROTO|ALTNAME/.test(code))
    return { code: 'tls_failed', words: `no secure connection (${code})` };
  if (/^HPE_/.test(code)) return { code: 'answer_malformed', words: 'the answer is no HTTP' };
  // The agent's own judge says so in words alone.
  if (error instanceof Error && error.message.startsWith('DNS lookup '))
    return { code: 'address_refused', words: 'the address is one that nothing is sent to' };
  return { code: 'failed', words: `the request failed (${code})` };
}

/** The same of an answer that is not a success. */
export function faultOfStatus(status: number): DeliveryFault {
  if (status >= 300 && status < 400)
    return {
      code: `status_${status}`,
      words: `answered ${status}: redirects are not followed, give the final address`,
    };
  if (status === 410) return { code: 'gone', words: 'answered 410: the receiver says that it is gone' };
  return { code: `status_${status}`, words: `answered ${status}` };
}

/** Whether the request may have met a connection that the other side was about to close. */
export const isBroken = (error: unknown): boolean => /^(ECONNRESET|EPIPE)$/.test(causeCode(error));

/** Codes of the system are data: only their shape is let into a text. */
function causeCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string' && /^[A-Z0-9_]{1,60}$/.test(error.code)) return error.code;
  return error.cause === undefined ? 'unknown' : causeCode(error.cause);
}
