import { z } from 'zod';

/** A secret. What the platform could not fetch from Key Vault stands there as the reference itself. */
export const secretText = z.string().refine((text) => !text.startsWith('@Microsoft.KeyVault('), {
  error: 'is a Key Vault reference that could not be resolved',
  abort: true,
});

/** A connection string of the storage account: without this check each call would fail by itself, and the start would not. */
export const storageConnection = secretText.refine(opensAccount, 'must be the connection string of a storage account');

function opensAccount(text: string): boolean {
  const has = (name: string): boolean => new RegExp(`(^|;)\\s*${name}=[^;\\s]`, 'i').test(text);
  if (/(^|;)\s*UseDevelopmentStorage=true\s*(;|$)/i.test(text)) return true;
  return (has('AccountName') && has('AccountKey')) || has('SharedAccessSignature');
}
