import type { Connection } from '../engine/connection.ts';
import { changeConnection } from './change-connection.ts';
import type { JobPorts } from './ports.ts';

/** What could not be reached, kept among the warnings of a connection that leaves until its last feed row tells it. */
const UNREACHED = 'unreached:';

/** Keeps in mind that a part of a connection that leaves could not be reached. Of any other connection it notes nothing. */
export const noteUnreached = (
  ports: Pick<JobPorts, 'connections'>,
  id: string,
  part: 'subscription' | 'vault',
): Promise<Connection | null> =>
  changeConnection(ports, id, (found) =>
    found.status !== 'disconnecting' || found.warnings.includes(UNREACHED + part)
      ? null
      : { ...found, warnings: [...found.warnings, UNREACHED + part] },
  );

/** The parts that could not be reached. */
export const unreachedOf = ({ warnings }: Connection): string[] =>
  warnings.filter((warning) => warning.startsWith(UNREACHED)).map((warning) => warning.slice(UNREACHED.length));
