import { ProtocolError } from '../errors.ts';

/** The link as a URL of the configured Graph origin; anything else throws ProtocolError before a token is looked at (P16). */
export function ownLink(link: string, graphOrigin: string): URL {
  const url = URL.parse(link);
  const { protocol, host } = new URL(graphOrigin);
  // By scheme and host: a `blob:` address has the origin of what is inside it.
  if (url?.protocol !== protocol || url.host !== host || url.username !== '' || url.password !== '') {
    throw new ProtocolError('remote.foreign_link', 'A link leads away from the configured Graph');
  }
  return url;
}
