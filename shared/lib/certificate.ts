import { createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';

/** A certificate with its private key, as an application proves with it who it is. */
export interface KeyedCertificate {
  /** SHA-256 of the certificate, upper-case hex. */
  readonly thumbprint: string;
  /** PKCS#8 PEM: a secret. */
  readonly privateKey: string;
  readonly validFrom: Date;
  readonly validTo: Date;
}

const LEAST_BITS = 2048;

/**
 * Reads a certificate and its RSA key from PEM text: as it stands, with `\n` written out (as settings are often given), or as
 * base64 of it. Of a chain the certificate that the key fits counts. Throws CertificateFault, which never repeats the text.
 */
export function readCertificate(text: string): KeyedCertificate {
  const pem = pemOf(text);
  const key = readKey(pem);
  const certificate = certificatesIn(pem).find((one) => one.checkPrivateKey(key));
  if (certificate === undefined) throw new CertificateFault('holds no certificate that its private key fits');
  return {
    thumbprint: createHash('sha256').update(certificate.raw).digest('hex').toUpperCase(),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
  };
}

/** What is wrong with the text, in words for who gave it. */
export class CertificateFault extends Error {}

function pemOf(text: string): string {
  const plain = text.replaceAll('\\n', '\n').trim();
  if (plain.includes('-----BEGIN ')) return plain;
  const decoded = Buffer.from(plain, 'base64');
  const inside = decoded.toString('latin1');
  if (inside.includes('-----BEGIN ')) return inside.replaceAll('\\n', '\n');
  // A DER sequence: what Key Vault hands out for a certificate that was not made as PEM.
  if (decoded[0] === 0x30 && decoded.length > 500)
    throw new CertificateFault('is PKCS#12; give PEM (in Key Vault: content type application/x-pem-file)');
  throw new CertificateFault('must be PEM of a certificate and its private key, or base64 of that');
}

function readKey(pem: string): KeyObject {
  const block = /-----BEGIN ((?:RSA |ENCRYPTED )?PRIVATE KEY)-----[^]+?-----END \1-----/.exec(pem);
  if (block === null) throw new CertificateFault('holds no private key');
  if (block[1] === 'ENCRYPTED PRIVATE KEY' || block[0].includes('ENCRYPTED'))
    throw new CertificateFault('holds an encrypted private key; give it without a passphrase');
  const key = parsed(() => createPrivateKey(block[0]), 'holds a private key that cannot be read');
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < LEAST_BITS)
    throw new CertificateFault(`must have an RSA key of at least ${LEAST_BITS} bits`);
  return key;
}

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new CertificateFault('holds no certificate');
  return blocks.map((block) => parsed(() => new X509Certificate(block), 'holds a certificate that cannot be read'));
}

function parsed<T>(read: () => T, fault: string): T {
  try {
    return read();
  } catch {
    // Whatever OpenSSL says of it may quote it.
    throw new CertificateFault(fault);
  }
}
