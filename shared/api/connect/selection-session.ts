import { z } from 'zod';
import type { Ticket } from '../../engine/connection.ts';
import { ProblemError } from '../../errors.ts';
import { plus } from '../../lib/clock.ts';
import type { ApiPorts } from '../ports.ts';
import { ticketHash, type Link } from './tickets.ts';

/** How long calendars may be chosen by a session; afterwards by `PUT .../calendars/selection`. */
export const SESSION_LIFE_MS = 60 * 60_000;

const payloadSchema = z.object({ connectionId: z.string() });

/** A sign-in after which somebody still has to choose. */
export interface Session {
  readonly connectionId: string;
  readonly expiresAt: string;
  readonly used: boolean;
}

/** Whether a link asks that calendars are chosen before the first sync. */
export const asksToSelect = ({ domains, settings }: Pick<Link, 'domains' | 'settings'>): boolean =>
  domains.includes('calendar') && settings['calendar']?.['selectCalendars'] === true;

/** Opens a session for a connection; only a hash of its id is stored. */
export async function openSession(
  ports: Pick<ApiPorts, 'tickets' | 'clock' | 'random'>,
  connectionId: string,
): Promise<string> {
  const id = ports.random.token(32);
  const expiresAt = plus(ports.clock.now(), SESSION_LIFE_MS).toISOString();
  const ticket: Ticket = { purpose: 'selection', payload: { connectionId }, expiresAt, usedAt: null };
  await ports.tickets.put(ticketHash('selection', id), ticket);
  return id;
}

/** The session of an id; throws 404 where there is none, 410 when its hour is over. */
export async function readSession(ports: Pick<ApiPorts, 'tickets' | 'clock'>, id: string): Promise<Session> {
  const ticket = await ports.tickets.read(ticketHash('selection', id));
  if (ticket?.purpose !== 'selection') throw new ProblemError(404, 'session_unknown', 'There is no such session');
  if (Date.parse(ticket.expiresAt) <= ports.clock.now().getTime())
    throw new ProblemError(410, 'session_expired', 'The session is over; use PUT .../calendars/selection');
  const { connectionId } = payloadSchema.parse(ticket.payload);
  return { connectionId, expiresAt: ticket.expiresAt, used: ticket.usedAt !== null };
}

/** Marks a session used. It stays readable until it expires. */
export const useSession = (ports: Pick<ApiPorts, 'tickets' | 'clock'>, id: string): Promise<boolean> =>
  ports.tickets.use(ticketHash('selection', id), ports.clock.now());
