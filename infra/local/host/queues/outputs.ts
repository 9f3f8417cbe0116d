import { z } from 'zod';
import type { QueueSettings } from '../settings/host-json.ts';
import { resolveSettings, type Environment } from '../settings/resolve.ts';
import type { Connections } from '../storage/connections.ts';
import { expectStatus } from '../storage/status-code.ts';
import type { InvocationResponse, RegisteredFunction, TypedData } from '../worker/types.ts';
import { encodeMessage } from './encoding.ts';
import type { WakeUp } from './wake-up.ts';

const output = z.object({ type: z.literal('queue'), queueName: z.string(), connection: z.string().optional() });

export interface OutputParts {
  readonly environment: Environment;
  readonly connections: Connections;
  readonly settings: QueueSettings;
  readonly wakeUp: WakeUp;
}

/** Sends what a function has returned or set for its queue outputs. The queues are created if need be. */
export async function writeQueueOutputs(
  { metadata }: RegisteredFunction,
  response: InvocationResponse,
  parts: OutputParts,
): Promise<void> {
  for (const [name, binding] of Object.entries(metadata.bindings)) {
    if (binding.direction !== 'out' || binding.type !== 'queue') continue;
    const data =
      name === '$return' ? response.returnValue : response.outputData?.find((item) => item.name === name)?.data;
    if (data === null || data === undefined) continue;
    const { queueName, connection } = output.parse(binding);
    const queue = resolveSettings(queueName, parts.environment).toLowerCase();
    for (const content of toContents(data)) await send({ queue, connection, content }, parts);
    parts.wakeUp.notify(queue);
  }
}

interface Outgoing {
  readonly queue: string;
  readonly connection: string | undefined;
  readonly content: Buffer;
}

async function send({ queue, connection, content }: Outgoing, { connections, settings }: OutputParts): Promise<void> {
  const client = connections.queues(connection).getQueueClient(queue);
  const text = encodeMessage(content, settings.messageEncoding);
  try {
    await client.sendMessage(text);
  } catch (error) {
    expectStatus(error, 404);
    await client.createIfNotExists();
    await client.sendMessage(text);
  }
}

/** An array is one message for each element; text stays as it is, all else becomes JSON. */
function toContents(data: TypedData): Buffer[] {
  if (data.string !== undefined) return [Buffer.from(data.string)];
  if (data.bytes !== undefined) return [Buffer.from(data.bytes)];
  if (data.json === undefined) return [Buffer.from(String(data.int ?? data.double ?? ''))];
  const content: unknown = JSON.parse(data.json);
  const items: unknown[] = Array.isArray(content) ? content : [content];
  return items.map((item) => Buffer.from(typeof item === 'string' ? item : JSON.stringify(item)));
}
