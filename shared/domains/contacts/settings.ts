import { isSupportedCountry } from 'libphonenumber-js/min';
import { z } from 'zod';
import type { Fields } from '../../lib/json.ts';

/** What a connection may set for contacts. */
export const contactSettingsSchema = z.strictObject({
  /**
   * The country (ISO 3166, two letters) that telephone numbers without `+` are read by when contacts are matched; without it
   * such numbers match by their digits alone.
   */
  defaultRegion: z
    .string()
    .toUpperCase()
    .refine((region) => isSupportedCountry(region), 'is no country that has telephone numbers')
    .optional(),
});
export type ContactSettings = z.output<typeof contactSettingsSchema>;

/** The same, as plain fields. */
export const contactFields = contactSettingsSchema.transform(({ defaultRegion }): Fields =>
  defaultRegion === undefined ? {} : { defaultRegion },
);
