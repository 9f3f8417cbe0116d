import { WINDOWS_TO_IANA_MAP } from 'windows-iana';
import { DAY_MS } from './civil.ts';
import type { Wall } from './civil.ts';
import { customOffsets } from './custom-zone.ts';
import type { CustomRules } from './custom-zone.ts';
import { ianaOffsets } from './offsets.ts';
import type { Offsets } from './offsets.ts';

/** A time zone as the mailbox knows it. */
export interface Zone {
  /** The Windows name, `UTC`, or `tzone://Microsoft/Custom` for one that has no name. */
  readonly name: string;
  /** The place that stands for it in the IANA data; undefined for a custom one. */
  readonly iana: string | undefined;
  readonly offsets: Offsets;
}

export const CUSTOM_ZONE = 'tzone://Microsoft/Custom';
const UTC_ALIAS = 'tzone://Microsoft/Utc';

const windowsByLower = new Map<string, { windows: string; iana: string }>();
const windowsOfIana = new Map<string, string>();
for (const { windowsName, territory, iana } of WINDOWS_TO_IANA_MAP) {
  const [first] = iana;
  // 001 = the world: the one place that stands for the whole zone.
  if (territory === '001') windowsByLower.set(windowsName.toLowerCase(), { windows: windowsName, iana: first });
  for (const place of iana)
    if (!windowsOfIana.has(place.toLowerCase())) windowsOfIana.set(place.toLowerCase(), windowsName);
}

const known = new Map<string, Zone>();

/** A zone by its Windows or IANA name, in any case; undefined for a name that the service does not know. */
export function findZone(name: string): Zone | undefined {
  const key = name.trim().toLowerCase();
  const found = known.get(key) ?? makeZone(key);
  if (found !== undefined) known.set(key, found);
  return found;
}

function makeZone(key: string): Zone | undefined {
  if (key === 'utc' || key === UTC_ALIAS.toLowerCase())
    return { name: 'UTC', iana: 'Etc/UTC', offsets: { at: () => 0 } };
  const windows = windowsByLower.get(key);
  if (windows !== undefined) return { name: windows.windows, iana: windows.iana, offsets: ianaOffsets(windows.iana) };
  const named = windowsOfIana.get(key) ?? windowsOfIana.get(canonical(key) ?? '');
  const place = named === undefined ? undefined : windowsByLower.get(named.toLowerCase());
  // The mailbox keeps the Windows name, and with it the rules of the place that stands for the whole zone.
  return place === undefined ? undefined : findZone(place.windows);
}

/** What the platform calls a place, in lower case; undefined for none. Offsets such as `+01:00` are no places. */
function canonical(key: string): string | undefined {
  if (!/^[a-z]/.test(key)) return undefined;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: key }).resolvedOptions().timeZone.toLowerCase();
  } catch {
    // The constructor throws nothing but RangeError.
    return undefined;
  }
}

export const utcZone: Zone = { name: 'UTC', iana: 'Etc/UTC', offsets: { at: () => 0 } };

export function customZone(rules: CustomRules): Zone {
  return { name: CUSTOM_ZONE, iana: undefined, offsets: customOffsets(rules) };
}

export function wallIn(zone: Zone, utcMs: number): Wall {
  return utcMs + zone.offsets.at(utcMs);
}

/**
 * The instant of a wall time. One that comes twice is the first of the two; one that the clock skips is read with the
 * offset before the skip, so it lies as much later (RFC 5545, 3.3.5).
 */
export function instantOf(zone: Zone, wall: Wall): number {
  const before = zone.offsets.at(wall - DAY_MS);
  const early = wall - before;
  if (zone.offsets.at(early) === before) return early;
  const after = zone.offsets.at(wall + DAY_MS);
  const late = wall - after;
  return zone.offsets.at(late) === after ? late : early;
}

/** All Windows names, with the places that each stands for. */
export function windowsZones(): { windows: string; iana: string }[] {
  return [...windowsByLower.values()];
}

/** All places that the service takes. */
export function ianaZones(): string[] {
  return [...new Set(WINDOWS_TO_IANA_MAP.flatMap(({ iana }) => [...iana]))].sort();
}
