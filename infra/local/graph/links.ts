import type { Req } from './http.ts';

/**
 * The nextLink of a plain list: this request's own address, with the place to go on from in a token that means nothing
 * to the reader.
 */
export function listLink(req: Req, skip: number, nonce = 0): string {
  const query = new URLSearchParams(req.query);
  query.delete('$skip');
  query.delete('$skiptoken');
  const pairs = [...query].map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const token = Buffer.from(JSON.stringify([skip, nonce, 'lst'])).toString('base64url');
  return `${req.origin}${req.path}?${[...pairs, `$skiptoken=${token}`].join('&').replaceAll('%24', '$')}`;
}

/** The place a list link stands for; undefined when it is none of ours. */
export function readListToken(token: string): number | undefined {
  const match = /^\[(\d+),\d+,"lst"\]$/.exec(Buffer.from(token, 'base64url').toString('utf8'));
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
