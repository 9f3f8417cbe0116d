import { z } from 'zod';
import { secretText } from './config-secrets.ts';
import { CertificateFault, readCertificate, type KeyedCertificate } from './lib/certificate.ts';

/** By what the application proves to Entra who it is. */
export type ClientCredential =
  | { readonly kind: 'secret'; readonly secret: string }
  | ({ readonly kind: 'certificate' } & KeyedCertificate)
  /** A managed identity that the app registration trusts; null = the system-assigned one. */
  | { readonly kind: 'federated'; readonly identityClientId: string | null };

const certificate = secretText.transform((text, context) => {
  try {
    return readCertificate(text);
  } catch (error) {
    if (!(error instanceof CertificateFault)) throw error;
    context.addIssue(error.message);
    return z.NEVER;
  }
});

/** The settings for it; exactly one is given. */
export const credentialSettings = {
  MICROSOFT_CLIENT_SECRET: secretText.optional(),
  MICROSOFT_CLIENT_CERTIFICATE: certificate.optional(),
  MICROSOFT_FEDERATED_IDENTITY_CLIENT_ID: z
    .string()
    .regex(
      /^(system|[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})$/i,
      'must be the client id of a managed identity, or "system"',
    )
    .optional(),
};

const names = ['MICROSOFT_CLIENT_SECRET', 'MICROSOFT_CLIENT_CERTIFICATE', 'MICROSOFT_FEDERATED_IDENTITY_CLIENT_ID'] as const; // prettier-ignore

/** Whether a setting is one of them. */
export const isCredential = (name: unknown): boolean => names.some((one) => one === name);

type Given = z.output<z.ZodObject<typeof credentialSettings>>;

/** Faults unless exactly one is given. */
export function oneCredential(given: Given, context: z.core.$RefinementCtx<Given>): void {
  const [first = names[0], ...more] = names.filter((name) => given[name] !== undefined);
  const none = given[first] === undefined;
  if (!none && more.length === 0) return;
  const message = none
    ? `is missing, or ${names.slice(1).join(', or ')}`
    : `stands beside ${more.join(' and ')}: give one of them`;
  context.addIssue({ code: 'custom', path: [first], message });
}

/** The one that is given. */
export function credentialOf(given: Given): ClientCredential {
  const { MICROSOFT_CLIENT_CERTIFICATE: held, MICROSOFT_FEDERATED_IDENTITY_CLIENT_ID: identity } = given;
  if (held !== undefined) return { kind: 'certificate', ...held };
  if (identity !== undefined)
    return { kind: 'federated', identityClientId: identity.toLowerCase() === 'system' ? null : identity };
  return { kind: 'secret', secret: given.MICROSOFT_CLIENT_SECRET ?? '' };
}
