import { ProtocolError } from '../errors.ts';

/** The link as a URL of the configured Graph origin; anything else throws ProtocolError before a token is looked at (P16). */
export function ownLink(link: string, graphOrigin: string): URL {
  const url = URL.canParse(link) ? new URL(link) : null;
  if (url?.origin !== new URL(graphOrigin).origin || url.username !== '' || url.password !== '') {
    throw new ProtocolError('remote.foreign_link', 'A link leads away from the configured Graph');
  }
  return url;
}
