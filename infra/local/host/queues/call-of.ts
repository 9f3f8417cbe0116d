import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { Call } from '../execution.ts';
import type { TypedData } from '../worker/types.ts';

export type MessageFacts = Pick<
  DequeuedMessageItem,
  'messageId' | 'popReceipt' | 'dequeueCount' | 'insertedOn' | 'expiresOn' | 'nextVisibleOn'
>;

export interface QueueInput {
  readonly bindingName: string;
  /** Whether the function asked for bytes. */
  readonly binary: boolean;
}

/**
 * What a queue function is called with: the text (or bytes), and as metadata the message's own facts, then, over them,
 * every top-level property of a JSON message: a property named `Id` or `id` hides the system's.
 */
export function callOf(input: QueueInput, content: Buffer, facts: MessageFacts): Call {
  const text = content.toString();
  return {
    reason: `New queue message detected on '${input.bindingName}'.`,
    inputData: [{ name: input.bindingName, data: input.binary ? { bytes: content } : { string: text } }],
    triggerMetadata: {
      QueueTrigger: { string: text },
      Id: { string: facts.messageId },
      PopReceipt: { string: facts.popReceipt },
      DequeueCount: { int: facts.dequeueCount },
      InsertionTime: dateData(facts.insertedOn),
      ExpirationTime: dateData(facts.expiresOn),
      NextVisibleTime: dateData(facts.nextVisibleOn),
      ...propertiesOf(text),
    },
  };
}

function dateData(date: Date): TypedData {
  return { json: JSON.stringify(date.toISOString().replace('Z', '+00:00')) };
}

function propertiesOf(text: string): Record<string, TypedData> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return {};
  return Object.fromEntries(
    Object.entries(content).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'string' ? { string: value } : { json: JSON.stringify(value) },
    ]),
  );
}
