import { z } from 'zod';
import type { Ticket } from '../../engine/connection.ts';
import { hash } from '../../lib/hash.ts';
import { fieldsSchema } from '../../lib/json.ts';
import type { ApiPorts } from '../ports.ts';

/** How long a connect link may be followed. */
export const LINK_LIFE_MS = 15 * 60_000;

/** What a connect link stands for. */
export const linkSchema = z.object({
  userId: z.string(),
  workspaceId: z.string().nullable(),
  domains: z.array(z.string()),
  settings: z.record(z.string(), fieldsSchema),
  returnUrl: z.string().nullable(),
  loginHint: z.string().nullable(),
});
export type Link = z.output<typeof linkSchema>;

const stateSchema = z.object({ linkHash: z.string() });

/** Tickets are stored under this; what is in a link or a state is stored nowhere. */
export const ticketHash = (purpose: Ticket['purpose'], token: string): string => hash([purpose, token]);

/** The link behind a hash, and whether it may still be used; null where there is none. */
export async function readLink(
  ports: Pick<ApiPorts, 'tickets' | 'clock'>,
  linkHash: string,
): Promise<{ readonly link: Link; readonly usable: boolean } | null> {
  const ticket = await ports.tickets.read(linkHash);
  if (ticket?.purpose !== 'link') return null;
  const usable = ticket.usedAt === null && Date.parse(ticket.expiresAt) > ports.clock.now().getTime();
  return { link: linkSchema.parse(ticket.payload), usable };
}

/** The hash of the link that a sign-in with this state belongs to; null where the state is not known. */
export async function readState(ports: Pick<ApiPorts, 'tickets'>, state: string): Promise<string | null> {
  const ticket = await ports.tickets.read(ticketHash('state', state));
  return ticket?.purpose === 'state' ? stateSchema.parse(ticket.payload).linkHash : null;
}
