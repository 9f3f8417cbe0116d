import { z } from 'zod';
import { parseJson } from '../lib/json.ts';

const section = z.record(z.string(), z.record(z.string(), z.unknown()));
const cacheSchema = z.object({
  Account: section.default({}),
  RefreshToken: section.default({}),
  AppMetadata: section.default({}),
});

/**
 * A serialized msal cache, reduced to what refreshing needs: no access token and no id token goes to the vault. Null where
 * it holds no account or no refresh token, and so is of no use.
 */
export function reduceCache(serialized: string): string | null {
  const cache = cacheSchema.safeParse(parseJson(serialized));
  if (!cache.success) return null;
  const { Account, RefreshToken, AppMetadata } = cache.data;
  if (Object.keys(Account).length === 0 || Object.keys(RefreshToken).length === 0) return null;
  return JSON.stringify({ Account, IdToken: {}, AccessToken: {}, RefreshToken, AppMetadata });
}
