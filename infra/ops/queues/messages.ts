import { z } from 'zod';

/** What a message may name. Nothing else of it is shown, whatever it holds. */
const named = z.looseObject({
  connectionId: z.string().optional(),
  domain: z.string().optional(),
  part: z.string().optional(),
  why: z.string().optional(),
  kinds: z.array(z.string()).optional(),
  shards: z.array(z.number()).optional(),
});

/** One line about the text of a queue message (base64 of JSON). */
export function describeMessage(text: string): string {
  const read = named.safeParse(parse(text));
  if (!read.success) return `unreadable message of ${text.length} characters`;
  const { connectionId, domain, part, why, kinds, shards } = read.data;
  const parts = [
    ...(connectionId === undefined ? [] : [`connection ${connectionId}`]),
    ...(domain === undefined ? [] : [domain]),
    ...(part === undefined ? [] : [`part ${part}`]),
    ...(why === undefined ? [] : [`because of ${why}`]),
    ...(kinds === undefined ? [] : [`dispatch of ${kinds.join(', ')}`]),
    ...(shards === undefined ? [] : [`${shards.length} shards`]),
  ];
  return parts.length === 0 ? 'a message that names nothing' : parts.join(', ');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64').toString());
  } catch {
    // Not a message of this service: the caller says so.
    return undefined;
  }
}
