import { z } from 'zod';
import type { Connection } from '../../engine/connection.ts';
import type { ApiPorts } from '../ports.ts';
import type { labelView } from './schemas.ts';
import { withSource } from '../connections/with-source.ts';

type Label = z.output<typeof labelView>;

const category = z.object({ id: z.string(), displayName: z.string(), color: z.string().nullish() });

const standing: readonly Label[] = ['INBOX', 'SENT', 'UNREAD', 'FLAGGED'].map((name) => ({
  id: name,
  name,
  kind: 'system',
  color: null,
}));

/**
 * The standing labels, and the mailbox's categories with their colours (`none`, `preset0` ... `preset24`), read from
 * Microsoft 365 now: they have no delta and no notification, and they are few.
 */
export async function readLabels(ports: ApiPorts, connection: Connection): Promise<Label[]> {
  const categories = await withSource(ports, connection, async (source) => {
    const read: Label[] = [];
    for await (const page of source.list('/me/outlook/masterCategories')) {
      for (const raw of page) {
        const { displayName, color } = category.parse(raw);
        // Messages carry a category by its name, so that the name is what a filter takes.
        read.push({ id: displayName, name: displayName, kind: 'category', color: color ?? null });
      }
    }
    return read;
  });
  return [...standing, ...categories.toSorted((a, b) => a.name.localeCompare(b.name))];
}
