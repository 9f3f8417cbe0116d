import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A certificate of its own making, with its key. */
export interface MadeCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  /** Both, one after the other, as a setting takes them. */
  readonly pem: string;
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const size = body.length;
  const long = size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(size < 128 ? [size] : long)]), body]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const time = (at: Date): Buffer =>
  der(0x18, Buffer.from(`${at.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`, 'latin1'));
/** sha256WithRSAEncryption. */
const ALGORITHM = sequence(der(0x06, Buffer.from('2a864886f70d01010b', 'hex')), der(0x05));
const nameOf = (text: string): Buffer =>
  sequence(der(0x31, sequence(der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from(text)))));

/** The extension subjectAltName, with one DNS name. */
const alternativeName = (host: string): Buffer =>
  sequence(der(0x06, Buffer.from('551d11', 'hex')), der(0x04, sequence(der(0x82, Buffer.from(host)))));

let serial = 0;

/** Makes a self-signed certificate: Node can read them, and nothing at hand can make them. */
export function makeCertificate(
  options: {
    readonly from?: Date;
    readonly to?: Date;
    readonly bits?: number;
    readonly type?: 'rsa' | 'ec';
    /** The server that it is for. */
    readonly host?: string;
  } = {},
): MadeCertificate {
  const { from = new Date(Date.now() - 60_000), to = new Date(Date.now() + 86_400_000), bits = 2048 } = options;
  const { publicKey, privateKey } = pair(options.type ?? 'rsa', bits);
  // A name of its own: who checks a certificate looks for its issuer by name.
  const name = nameOf(`outlook-sync test ${++serial}`);
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, serial])),
    ALGORITHM,
    name,
    sequence(time(from), time(to)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(options.host === undefined ? [] : [der(0xa3, sequence(alternativeName(options.host)))]),
  );
  const whole = sequence(body, ALGORITHM, der(0x03, Buffer.from([0]), sign('sha256', body, privateKey)));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  const certificate = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { certificate, privateKey: key, pem: `${certificate}${key}` };
}

function pair(type: 'rsa' | 'ec', bits: number): { publicKey: KeyObject; privateKey: KeyObject } {
  return type === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: bits })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
}
