import { randomUUID } from 'node:crypto';
import { GraphError } from '../http.ts';

/**
 * Asks an address whether it wants notifications: POST with a token in the query; the answer must be 200, text/plain,
 * with the decoded token and nothing else. Nothing in the request tells which subscription it is about.
 * @throws GraphError 400 if it does not answer so in time.
 */
export async function handshake(url: string, seconds: number, closing: AbortSignal): Promise<void> {
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()}`;
  const query = new URLSearchParams({ validationToken: token }).toString();
  const target = `${url}${url.includes('?') ? '&' : '?'}${query}`;
  const signal = AbortSignal.any([closing, AbortSignal.timeout(seconds * 1000)]);
  let answer: { status: number; type: string; text: string };
  try {
    const response = await fetch(target, {
      method: 'POST',
      body: '',
      redirect: 'manual',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      signal,
    });
    answer = {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      text: await response.text(),
    };
  } catch (cause) {
    // Refused, reset or too late: Graph tells its client no more than that validation failed.
    const late = cause instanceof Error && cause.name === 'TimeoutError';
    throw late ? new GraphError(400, 'ValidationError', 'Subscription validation request timed out.') : failed();
  }
  const plain = answer.type.split(';', 1)[0]?.trim().toLowerCase() === 'text/plain';
  if (answer.status !== 200 || !plain || answer.text !== token) throw failed();
}

function failed(): GraphError {
  return new GraphError(
    400,
    'InvalidRequest',
    'Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.',
  );
}
