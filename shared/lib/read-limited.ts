/** Most bytes of a request body that are taken. */
export const BODY_LIMIT = 1024 * 1024;

/**
 * Reads a body to its end, or stops at the first byte beyond the limit and lets the rest go.
 * Null = too large. What is declared as too large is not read at all.
 */
export async function readLimited(
  body: ReadableStream<Uint8Array> | null,
  limit = BODY_LIMIT,
  declaredLength?: string | null,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (declaredLength !== undefined && declaredLength !== null && Number(declaredLength) > limit) return null;
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      // The sender may be waiting for us: do not wait for the sender.
      void reader.cancel().catch(() => undefined);
      return null;
    }
    parts.push(value);
  }
  return join(parts, size);
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
