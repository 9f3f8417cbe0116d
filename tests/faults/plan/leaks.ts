import { z } from 'zod';
import { storedTexts } from '../../support/stored-texts.ts';
import type { Service } from './calls.ts';
import type { FaultProxy } from '../../support/fault-proxy.ts';
import { API_KEY, CLIENT_SECRET, PASSWORD, type FaultRig } from './rig.ts';

/** Stands in bodies alone, too far on to be in a preview: bodies are never stored. */
export const BODY_MARK = 'A sentence that stands in bodies alone';

/** What went over the wires so far and must stand nowhere, and what was sent to queues. */
export interface Harvest {
  readonly secrets: Set<string>;
  readonly messages: string[];
}

const stored = z.object({ value: z.string() });

/** Takes tokens, codes, verifiers, grants and signing secrets out of what the proxies saw, before they forget it. */
export function harvest(proxies: Readonly<Record<Service, FaultProxy>>, into: Harvest): void {
  const found: string[] = [];
  for (const { headers } of proxies.graph.requests) found.push(headers.authorization?.replace(/^Bearer /, '') ?? '');
  const fields = ['refresh_token', 'code', 'code_verifier', 'client_secret', 'client_assertion'];
  for (const { body } of proxies.entra.requests) {
    const form = new URLSearchParams(body.toString());
    found.push(...fields.flatMap((field) => form.get(field) ?? []));
  }
  for (const { method, body } of proxies.vault.requests) {
    // The client asks without a body first, to be told what it has to prove.
    if (method !== 'PUT' || body.byteLength === 0) continue;
    const { value } = stored.parse(JSON.parse(body.toString()));
    const parts = [...value.matchAll(/"secret":"([^"]+)"|(whsec_[\w+/=-]+)/g)];
    found.push(...parts.flatMap(([, grant, key]) => grant ?? key ?? []));
  }
  for (const secret of found) if (secret.length > 8) into.secrets.add(secret);
  for (const { body } of proxies.queue.requests) {
    const text = /<MessageText>([^<]+)</.exec(body.toString())?.[1];
    if (text !== undefined) into.messages.push(Buffer.from(text, 'base64').toString());
  }
}

/** Where a secret was found: in a table, a queue or a log line (P16). */
export async function leaks(rig: FaultRig, lines: readonly string[] = []): Promise<string[]> {
  rig.forget();
  const { secrets, messages } = rig.harvest;
  const places = {
    storage: (await storedTexts(rig.azurite.connectionString)).join('\n'),
    messages: messages.join('\n'),
    lines: [...rig.lines, ...lines].join('\n'),
  };
  const all = [...secrets, PASSWORD, CLIENT_SECRET, API_KEY, BODY_MARK];
  return Object.entries(places).flatMap(([place, text]) =>
    all.filter((secret) => text.includes(secret)).map((secret) => `${place} holds ${secret.slice(0, 10)}...`),
  );
}
