import type { ApiPorts } from '../../shared/api/ports.ts';
import { openApp } from '../../shared/app.ts';
import { loadConfig } from '../../shared/config.ts';
import { sha256Hex } from '../../shared/lib/hash.ts';
import { silentLog } from '../../shared/lib/log.ts';
import { MemoryAudit } from './memory-audit.ts';

export const KEY = 'key-unit-0123456789';

/** The real parts, on addresses where nothing answers, but for the audit: for what needs no storage. */
export function apiPorts(keys: readonly Record<string, unknown>[] = []): ApiPorts {
  const nowhere = 'http://127.0.0.1:9';
  const app = openApp(
    loadConfig({
      AzureWebJobsStorage: `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=${nowhere}/a;QueueEndpoint=${nowhere}/a;BlobEndpoint=${nowhere}/a`,
      MICROSOFT_CLIENT_ID: 'client',
      MICROSOFT_CLIENT_SECRET: 'secret',
      MICROSOFT_AUTHORITY_HOST: nowhere,
      GRAPH_BASE_URL: nowhere,
      KEY_VAULT_URL: nowhere,
      PUBLIC_BASE_URL: 'http://127.0.0.1:7071',
      API_KEYS: JSON.stringify([{ name: 'all', sha256: sha256Hex(KEY), scopes: ['admin'] }, ...keys]),
    }),
    { log: silentLog },
  );
  return { ...app, audit: new MemoryAudit() };
}
