import { z } from 'zod';
import type { Connection } from '../../engine/connection.ts';
import type { ApiPorts } from '../ports.ts';
import { withSource } from '../connections/with-source.ts';

const bodySchema = z.object({ body: z.object({ contentType: z.string(), content: z.string() }) });
export type MessageBody = z.output<typeof bodySchema>['body'];

/** A message's body, read from Microsoft 365 now. It goes into the answer and nowhere else. */
export async function readBody(
  ports: Pick<ApiPorts, 'slots' | 'sources'>,
  connection: Connection,
  graphId: string,
): Promise<MessageBody> {
  const path = `/me/messages/${encodeURIComponent(graphId)}?$select=id,body`;
  const raw = await withSource(ports, connection, (source) => source.get(path));
  return bodySchema.parse(raw).body;
}
