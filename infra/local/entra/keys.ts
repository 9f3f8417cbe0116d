import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';

/** The key that signs id tokens: made anew at each start, published at `/discovery/v2.0/keys`. */
export interface SigningKey {
  sign(claims: Readonly<Record<string, unknown>>): Promise<string>;
  publicKeys(): Promise<{ keys: JWK[] }>;
  publicKey(): Promise<Awaited<ReturnType<typeof makeKey>>['publicKey']>;
}

export function createSigningKey(): SigningKey {
  // Made on first use: a run that signs nobody in does not pay for it.
  let made: ReturnType<typeof makeKey> | undefined;
  const key = (): ReturnType<typeof makeKey> => (made ??= makeKey());
  return {
    async sign(claims) {
      const { privateKey, jwk } = await key();
      return new SignJWT({ ...claims }).setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: jwk.kid }).sign(privateKey);
    },
    publicKeys: async () => ({ keys: [(await key()).jwk] }),
    publicKey: async () => (await key()).publicKey,
  };
}

async function makeKey() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { privateKey, publicKey, jwk: { ...jwk, kid, use: 'sig', x5t: kid } };
}
