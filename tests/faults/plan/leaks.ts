import { z } from 'zod';
import type { SeenRequest } from '../../support/fault-plan.ts';
import { storedTexts } from '../../support/stored-texts.ts';
import type { Service } from './calls.ts';
import { API_KEY, CLIENT_SECRET, PASSWORD, type FaultRig } from './rig.ts';

/** Stands in bodies alone, too far on to be in a preview: bodies are never stored. */
export const BODY_MARK = 'A sentence that stands in bodies alone';

/** What went over the wires so far and must stand nowhere, and what was sent to queues. */
export interface Harvest {
  readonly secrets: Set<string>;
  readonly messages: Set<string>;
}

export const noHarvest = (): Harvest => ({
  secrets: new Set([PASSWORD, CLIENT_SECRET, API_KEY, BODY_MARK]),
  messages: new Set(),
});

const stored = z.object({ value: z.string() });
const fields = ['refresh_token', 'code', 'code_verifier', 'client_secret', 'client_assertion'];

/** Tokens, codes, verifiers, grants and signing secrets in a request, by the service that it goes to. */
const secretsOf: Readonly<Partial<Record<Service, (request: SeenRequest) => readonly string[]>>> = {
  graph: ({ headers }) => [headers.authorization?.replace(/^Bearer /, '') ?? ''],
  entra: ({ body }) => {
    const form = new URLSearchParams(body.toString());
    return fields.flatMap((field) => form.get(field) ?? []);
  },
  vault: ({ method, body }) => {
    // The client asks without a body first, to be told what it has to prove.
    if (method !== 'PUT' || body.byteLength === 0) return [];
    const { value } = stored.parse(JSON.parse(body.toString()));
    const parts = [...value.matchAll(/"secret":"([^"]+)"|(whsec_[\w+/=-]+)/g)];
    return parts.flatMap(([, grant, key]) => grant ?? key ?? []);
  },
};

/** Takes what must stand nowhere out of each request as it comes: whatever is forgotten later, and when. */
export const harvester =
  (service: Service, into: Harvest) =>
  (request: SeenRequest): void => {
    for (const secret of secretsOf[service]?.(request) ?? []) if (secret.length > 8) into.secrets.add(secret);
    if (service !== 'queue') return;
    const text = /<MessageText>([^<]+)</.exec(request.body.toString())?.[1];
    if (text !== undefined) into.messages.add(Buffer.from(text, 'base64').toString());
  };

/** Where a secret was found: in a table, a queue or a log line (P16). Each secret is told once. */
export async function leaks({ harvest, azurite, lines }: FaultRig): Promise<string[]> {
  const places = {
    storage: (await storedTexts(azurite.connectionString)).join('\n'),
    messages: [...harvest.messages].join('\n'),
    lines: lines.join('\n'),
  };
  const found = Object.entries(places).flatMap(([place, text]) =>
    [...harvest.secrets].filter((secret) => text.includes(secret)).map((secret) => ({ place, secret })),
  );
  for (const { secret } of found) harvest.secrets.delete(secret);
  return found.map(({ place, secret }) => `${place} holds ${secret.slice(0, 10)}...`);
}
