import type { Connection } from '../../engine/connection.ts';
import type { Media } from '../../engine/remote-ports.ts';
import { GoneError, ProblemError } from '../../errors.ts';
import { withSource } from '../connections/with-source.ts';
import type { ApiPorts } from '../ports.ts';

/** Photos are below 4 MB. [graph-facts 8] */
const LARGEST_BYTES = 4 * 1024 * 1024;

/** What a browser may show as a picture; all else is told as bytes, so that nothing of a mailbox runs as a page. */
export const photoTypes = ['image/jpeg', 'image/png', 'image/gif'] as const;
export type PhotoType = (typeof photoTypes)[number] | 'application/octet-stream';

/**
 * The photo of a contact, read from Microsoft 365 now; it is stored nowhere. 404 where there is none: not set, not in
 * Outlook yet, or of a personal account, whose photos Graph does not give.
 */
export async function readPhoto(
  ports: Pick<ApiPorts, 'slots' | 'sources'>,
  connection: Connection,
  graphId: string | null,
): Promise<{ readonly type: PhotoType; readonly bytes: Media['bytes'] }> {
  if (graphId === null || connection.account.kind === 'personal') throw none();
  const path = `/me/contacts/${encodeURIComponent(graphId)}/photo/$value`;
  try {
    const { contentType, bytes } = await withSource(ports, connection, (source) => source.media(path, LARGEST_BYTES));
    const told = contentType.split(';')[0]?.trim().toLowerCase();
    return { type: photoTypes.find((type) => type === told) ?? 'application/octet-stream', bytes };
  } catch (error) {
    if (error instanceof GoneError) throw none(error);
    throw error;
  }
}

const none = (cause?: unknown): ProblemError =>
  new ProblemError(404, 'photo_none', 'The contact has no photo', { cause });
