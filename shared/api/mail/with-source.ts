import type { Connection } from '../../engine/connection.ts';
import type { Source } from '../../engine/ports.ts';
import { withSlot } from '../connections/with-slot.ts';
import type { ApiPorts } from '../ports.ts';

/** Reads through to Microsoft 365 by a source of its own, under one slot of the mailbox; 503 while it is busy. */
export const withSource = <T>(
  ports: Pick<ApiPorts, 'slots' | 'sources'>,
  connection: Connection,
  read: (source: Source) => Promise<T>,
): Promise<T> => withSlot(ports, connection, (lease) => read(ports.sources.open(connection, lease)));
