import { isIP } from 'node:net';
import { standingOf } from './addresses.ts';

/** The setting that opens what is private, as refusals name it. */
export const SETTING = 'DELIVERY_ALLOW_PRIVATE_TARGETS';
const LONGEST = 2_000;
const PRIVATE = `is a private, loopback or link-local address; only the setting ${SETTING} allows these`;

/**
 * What is wrong with a URL as the target of webhooks, in words that follow its name; null = nothing that can be seen without
 * looking its name up. Spellings are those of a browser: `127.1`, `0x7f.1` and `[::ffff:7f00:1]` are what they mean.
 */
export function targetFault(text: string, allowPrivate: boolean): string | null {
  const url = text.length > LONGEST ? null : URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '')
    return `must be an https address of at most ${LONGEST} characters`;
  if (url.protocol === 'http:' && !allowPrivate)
    return `must begin with https:// (http is for private addresses, which only the setting ${SETTING} allows)`;
  if (url.username + url.password !== '')
    return 'must not hold a user or a password: what is sent is signed, check that instead';
  if (url.hash !== '') return 'must not hold a fragment: it would never be sent';
  return hostFault(hostOf(url), allowPrivate, url.protocol === 'http:');
}

/** The host of a URL as it is connected to: without brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

function hostFault(host: string, allowPrivate: boolean, clear: boolean): string | null {
  if (isIP(host) !== 0) return addressFault(host, allowPrivate, clear);
  return isLocalName(host) && !allowPrivate ? PRIVATE : null;
}

/** The same of an address that a name was found to mean. Without TLS (`clear`) nothing leaves the private network. */
export function addressFault(address: string, allowPrivate: boolean, clear: boolean): string | null {
  const standing = standingOf(address);
  if (standing === 'never') return 'is an address that is never a receiver (metadata service, multicast, reserved)';
  if (standing === 'private') return allowPrivate ? null : PRIVATE;
  return clear ? 'must begin with https://: http is for private addresses alone' : null;
}

/** Names that no public DNS has: this machine, and the ends that are set aside for local networks. */
function isLocalName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.+$/, '');
  return !name.includes('.') || /\.(localhost|local|internal|lan|home\.arpa)$/.test(name);
}
