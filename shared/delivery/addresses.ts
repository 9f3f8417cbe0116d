import { BlockList, isIP } from 'node:net';

type Range = readonly [network: string, prefix: number];

/**
 * Never a receiver of webhooks, whatever is allowed: nobody, everybody, cloud metadata (which hands out credentials),
 * and addresses that carry another one inside, by which a gateway could lead to any of these.
 */
const never: readonly Range[] = [
  ['0.0.0.0', 8],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['169.254.169.254', 32],
  ['169.254.170.2', 32],
  ['169.254.170.23', 32],
  ['168.63.129.16', 32],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['::', 128],
  ['ff00::', 8],
  ['fd00:ec2::23', 128],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['::ffff:0:0:0', 96],
];

/** Of no public network: the special-purpose registries of IANA. Of IPv6, all that is not in 2000::/3. */
const notPublic: readonly Range[] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

const neverLists = listsOf(never);
const privateLists = listsOf(notPublic);

type Lists = Readonly<Record<'ipv4' | 'ipv6', BlockList>>;

/** A list for each family: in one, an IPv4 address would meet the IPv6 range that all mapped addresses are in. */
function listsOf(ranges: readonly Range[]): Lists {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const [network, prefix] of ranges) {
    const family = familyOf(network);
    lists[family].addSubnet(network, prefix, family);
  }
  return lists;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

const isIn = (lists: Lists, address: string): boolean => {
  const family = familyOf(address);
  return lists[family].check(address, family);
};

/** What an address is to a webhook: `open`, `private` (refused unless the setting allows it), or refused for good. */
export type Standing = 'open' | 'private' | 'never';

/** Where an IP address stands. What is no address is refused for good. */
export function standingOf(address: string): Standing {
  // A zone (`fe80::1%eth0`) says by which cable, not where to.
  const bare = address.replace(/%.*$/, '');
  if (isIP(bare) === 0) return 'never';
  const plain = mappedOf(bare) ?? bare;
  if (isIn(neverLists, plain)) return 'never';
  return isIn(privateLists, plain) ? 'private' : 'open';
}

/** The IPv4 address inside `::ffff:a.b.c.d`, which the system connects to as such; null for any other. */
function mappedOf(address: string): string | null {
  const host = URL.parse(`http://[${address}]`)?.hostname ?? '';
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host) ?? [];
  if (high === undefined || low === undefined) return null;
  const [a, b] = [parseInt(high, 16), parseInt(low, 16)];
  return `${a >> 8}.${a & 255}.${b >> 8}.${b & 255}`;
}
