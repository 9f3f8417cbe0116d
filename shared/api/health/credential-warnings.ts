import type { Config } from '../../config.ts';

/** Long enough to have a certificate renewed. */
const SOON_MS = 30 * 86_400_000;

/** What is to be said of the certificate by which the application proves itself: it does not stop the start, for what is stored can be read without it. */
export function credentialWarnings({ credential }: Config['microsoft'], now: Date): string[] {
  if (credential.kind !== 'certificate') return [];
  const { validFrom, validTo } = credential;
  if (validFrom > now) return [`the client certificate is not valid before ${validFrom.toISOString()}`];
  const until = validTo.toISOString();
  if (validTo <= now) return [`the client certificate has expired at ${until}: no account can be synced`];
  return validTo.getTime() - now.getTime() < SOON_MS ? [`the client certificate expires at ${until}`] : [];
}
