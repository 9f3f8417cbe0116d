import type { QueueSettings } from '../settings/host-json.ts';

type Encoding = QueueSettings['messageEncoding'];

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes of a message; undefined when they are not encoded as host.json says. */
export function decodeMessage(text: string, encoding: Encoding): Buffer | undefined {
  if (encoding === 'none') return Buffer.from(text);
  const compact = text.replaceAll(/\s/g, '');
  return BASE64.test(compact) ? Buffer.from(compact, 'base64') : undefined;
}

export function encodeMessage(content: Buffer, encoding: Encoding): string {
  return content.toString(encoding === 'none' ? 'utf8' : 'base64');
}
