import { z } from '@hono/zod-openapi';

/** Ids of connections and records, as they stand in a path. */
export const idParam = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is no id of this service');
/** Ids of deliveries hold the place of their row, and so are longer than others. */
export const deliveryIdParam = z.string().regex(/^dlv_[A-Za-z0-9_-]{1,1000}$/, 'is no id of a delivery');
export const connectionParams = z.object({ id: idParam });

/** An ISO-8601 instant; any offset is read, UTC is written. */
export const instant = z.iso.datetime({ offset: true });
/** An instant in an answer. */
export const time = z.string().meta({ format: 'date-time' });

/** One page of a list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'Null = the end. A short or empty page may still go on.' }),
  });
