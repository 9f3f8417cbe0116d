import { createHash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of the parts, told apart by a separator that no part may hold unescaped, in base64url cut to `length` characters. */
export function hash(parts: readonly string[], length = 43): string {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(`${Buffer.byteLength(part)}:`).update(part);
  return digest.digest('base64url').slice(0, length);
}

/** SHA-256 in lower-case hex. */
export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Compares two texts in time that depends on neither. */
export function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/** A number in [0, buckets) that a key always gets. */
export function bucketOf(key: string, buckets: number): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) % buckets;
}

/** The node with the highest score for the key: adding or removing a node moves only that node's keys (rendezvous hashing). */
export function rendezvous(key: string, nodes: readonly string[]): string | undefined {
  const scored = nodes.map((node) => ({ node, score: hash([node, key]) }));
  return scored.toSorted((a, b) => (a.score < b.score ? 1 : -1))[0]?.node;
}
