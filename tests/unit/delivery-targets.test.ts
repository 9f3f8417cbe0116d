import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standingOf } from '../../shared/delivery/addresses.ts';
import { targetFault } from '../../shared/delivery/target.ts';

describe('where an address stands', () => {
  it.each([
    ...['127.0.0.1', '127.255.255.254', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.0.1'],
    ...['100.64.0.1', '100.127.255.255', '192.0.0.8', '192.0.2.1', '198.18.0.1', '198.51.100.7', '203.0.113.9'],
    ...['192.88.99.1', '::1', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fec0::1', 'fc00::1', 'fdff::1', '2001:db8::1'],
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.1.2.3', '0:0:0:0:0:ffff:c0a8:0101', '::127.0.0.1', '100::1'],
    ...['2001:2::1', '2001:10::1', '3fff::1', '5f00::1', '4000::1', 'c000::1'],
  ])('%s is private', (address) => {
    expect(standingOf(address)).toBe('private');
  });

  it.each([
    ...[
      '169.254.169.254',
      '169.254.170.2',
      '169.254.170.23',
      'fd00:ec2::23',
      '168.63.129.16',
      '100.100.100.200',
      '192.0.0.192',
      'fd00:ec2::254',
    ],
    ...['0.0.0.0', '0.1.2.3', '::', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255', 'ff02::1'],
    ...['::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '::ffff:0.0.0.0', '64:ff9b::7f00:1', '64:ff9b:1::a9fe:a9fe'],
    ...['2002:7f00:1::', '2002:a9fe:a9fe::1', '2001:0:53aa:64c::1', '::ffff:0:127.0.0.1', 'example.com', '', '127.1'],
  ])('%s is never a receiver', (address) => {
    expect(standingOf(address)).toBe('never');
  });

  it.each([
    ...['93.184.216.34', '8.8.8.8', '172.15.255.255', '172.32.0.1', '100.63.255.255', '100.128.0.1', '169.253.1.1'],
    ...['11.0.0.1', '192.167.1.1', '198.17.0.1', '223.255.255.255', '2606:2800:220:1::1', '2a00:1450:4001::5'],
    ...['::ffff:93.184.216.34', '2620:1ec::10'],
  ])('%s is open', (address) => {
    expect(standingOf(address)).toBe('open');
  });
});

describe('what a URL may be', () => {
  it.each([
    ['https://hooks.example.com/outlook?tenant=7', null],
    ['https://hooks.example.com:8443/', null],
    ['https://93.184.216.34/', null],
    ['https://[2606:2800:220:1::1]:444/', null],
    ['https://xn--bcher-kva.example/', null],
  ])('%s may be one', (url, fault) => {
    expect(targetFault(url, false)).toBe(fault);
  });

  it.each([
    ...['https://127.0.0.1/', 'https://127.1/', 'https://127.0.1/', 'https://0x7f.1/', 'https://0x7f000001/'],
    ...['https://2130706433/', 'https://017700000001/', 'https://0177.0.0.1/', 'https://127.0.0.1.:8080/'],
    ...['https://[::1]/', 'https://[0:0:0:0:0:0:0:1]/', 'https://[::ffff:127.0.0.1]/', 'https://[::ffff:7f00:1]/'],
    ...['https://localhost/', 'https://LOCALHOST./', 'https://a.localhost/', 'https://localhost..../', 'https://db/'],
    ...['https://printer.local/', 'https://metadata.google.internal/', 'https://metadata/', 'https://nas.home.arpa/'],
    ...['https://10.0.0.5/', 'https://192.168.0.1/', 'https://[fd12:3456::1]/', 'https://[fe80::1]/'],
    ...[
      'https://①②⑦.⓪.⓪.①/',
      'https://127。0。0。1/',
      'https://１２７.0.0.1/',
      'https:\\\\127.0.0.1/',
      'https:/127.0.0.1/',
    ],
    ...['\thttps://127.0.0.1/', 'https://127.0\t.0.1/'],
  ])('%s is refused, and the setting named', (url) => {
    expect(targetFault(url, false)).toMatch(/private, loopback or link-local.*DELIVERY_ALLOW_PRIVATE_TARGETS/);
    expect(targetFault(url, true)).toBeNull();
  });

  it.each([
    ...['https://169.254.169.254/metadata/instance', 'https://168.63.129.16/', 'https://0/', 'https://0.0.0.0/'],
    ...['https://[::]/', 'https://[::ffff:169.254.169.254]/', 'https://2852039166/', 'https://[64:ff9b::a9fe:a9fe]/'],
    ...['https://239.0.0.1/', 'https://255.255.255.255/', 'https://[fd00:ec2::254]/', 'https://0xa9fea9fe/'],
  ])('%s is refused whatever the setting', (url) => {
    for (const allowed of [false, true]) expect(targetFault(url, allowed)).toMatch(/never a receiver/);
  });

  it.each([
    ...['', 'hooks.example.com', '//hooks.example.com/', 'ftp://hooks.example.com/', 'file:///etc/passwd'],
    ...['javascript:alert(1)', 'data:,x', 'https://', 'https:///', 'https://exa mple.com/', 'https://256.1.1.1/'],
    ...[
      'https://[::1',
      'https://[fe80::1%25eth0]/',
      'gopher://127.0.0.1:6379/_x',
      `https://a.example/${'x'.repeat(2_000)}`,
    ],
  ])('%s is no address of a receiver', (url) => {
    for (const allowed of [false, true]) expect(targetFault(url, allowed)).toMatch(/must be an https address/);
  });

  it('takes neither user nor password nor fragment', () => {
    for (const url of ['https://user@a.example/', 'https://user:pass@a.example/', 'https://:pass@a.example/'])
      expect(targetFault(url, true)).toMatch(/user or a password/);
    expect(targetFault('https://93.184.216.34#@127.0.0.1/', false)).toMatch(/fragment/);
    expect(targetFault('https://a.example@127.0.0.1/', true)).toMatch(/user or a password/);
  });

  it('takes http for private addresses alone, and only where the setting allows these', () => {
    expect(targetFault('http://hooks.example.com/', false)).toMatch(/https:\/\/.*DELIVERY_ALLOW_PRIVATE_TARGETS/);
    expect(targetFault('http://127.0.0.1:3000/', false)).toMatch(/https:\/\//);
    expect(targetFault('http://127.0.0.1:3000/', true)).toBeNull();
    expect(targetFault('http://localhost:3000/', true)).toBeNull();
    expect(targetFault('http://93.184.216.34/', true)).toMatch(/private addresses alone/);
  });
});

describe('every spelling of a private IPv4 address', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const addresses = fc.oneof(
    fc.tuple(fc.constantFrom(10, 127), octet, octet, octet),
    fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
    fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
    fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
    fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
  );
  const bases = fc.tuple(...Array.from({ length: 4 }, () => fc.constantFrom(8, 10, 16)));
  const written = (value: number, base: number | undefined): string => {
    if (base === 16) return `0x${value.toString(16)}`;
    return base === 8 ? `0${value.toString(8)}` : String(value);
  };

  it('is refused: parts in any base, joined or apart, inside of IPv6, with and without a full stop at its end', () => {
    fc.assert(
      fc.property(addresses, bases, fc.integer({ min: 1, max: 4 }), fc.boolean(), (address, base, parts, stop) => {
        const [a, b, c, d] = address;
        const tail = [d, c * 256 + d, (b * 256 + c) * 256 + d, ((a * 256 + b) * 256 + c) * 256 + d][4 - parts] ?? 0;
        const numbers = [...address.slice(0, parts - 1), tail];
        const host = numbers.map((value, index) => written(value, base[index])).join('.');
        const [high, low] = [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
        for (const spelt of [`${host}${stop ? '.' : ''}`, `[::ffff:${high}:${low}]`, `[::ffff:${address.join('.')}]`])
          expect(targetFault(`https://${spelt}:8443/x`, false), spelt).not.toBeNull();
        expect(standingOf(address.join('.'))).not.toBe('open');
        expect(standingOf(`64:ff9b::${high}:${low}`)).toBe('never');
      }),
      { numRuns: 2_000 },
    );
  });
});
