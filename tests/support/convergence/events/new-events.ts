import { patchOf, tenantPatchOf } from './fields.ts';
import type { TenantFields } from './outlook.ts';
import type { Values } from './values.ts';

/** Days of a series that is made. */
const COUNT = 4;

/** An event that a person makes. */
export const newTenantEvent = (subject: string, values: Values): TenantFields => ({
  subject,
  ...tenantPatchOf('start', values.single('start')),
});

/** A series of some days in a row. */
export function newTenantSeries(subject: string, values: Values): TenantFields {
  const start = values.single('start');
  const range = { type: 'numbered', startDate: start.slice(0, 10), numberOfOccurrences: COUNT };
  return {
    subject,
    ...tenantPatchOf('start', start),
    recurrence: { pattern: { type: 'daily', interval: 1 }, range },
  };
}

/** An event that the application makes. */
export const newEvent = (subject: string, values: Values): Record<string, unknown> => ({
  subject,
  ...patchOf('start', values.single('start')),
});

/** The same as a series. */
export const newSeries = (subject: string, values: Values): Record<string, unknown> => ({
  ...newEvent(subject, values),
  rrule: `FREQ=DAILY;COUNT=${COUNT}`,
});
