import { findWindows, IANA_ALIAS_MAP, WINDOWS_TO_IANA_MAP, findIana } from 'windows-iana';

/** A time zone as Graph or an application names it. */
export interface Zone {
  /** The name as it came. */
  readonly name: string;
  /** An IANA name that this runtime knows; null for custom and unknown zones, whose offsets nobody told us. */
  readonly iana: string | null;
}

/** The zone whose wall clock is the instant itself. */
export const UTC = 'UTC';

/** What Graph calls UTC beside `UTC`; compared in lower case. */
const utcNames = new Set(['utc', 'etc/utc', 'tzone://microsoft/utc', 'coordinated universal time', 'z']);

const windowsNames = new Map(WINDOWS_TO_IANA_MAP.map(({ windowsName }) => [windowsName.toLowerCase(), windowsName]));
const ianaNames = new Map(
  [
    ...WINDOWS_TO_IANA_MAP.flatMap(({ iana }) => iana),
    ...IANA_ALIAS_MAP.flatMap(({ alias }) => alias),
    ...Intl.supportedValuesOf('timeZone'),
  ].map((name): [string, string] => [name.toLowerCase(), name]),
);

/**
 * Reads the name of a zone: Windows names, IANA names and Graph's own for UTC, in any case. `tzone://Microsoft/Custom`,
 * `Customized Time Zone` and whatever else is not known are kept as they came, with no IANA name. [graph-facts 7.2]
 */
export function readZone(name: string): Zone {
  const known = read.get(name);
  if (known !== undefined) return { name, iana: known };
  const iana = ianaOf(name.trim());
  if (iana !== null && read.size < MAX_KEPT) read.set(name, iana);
  return { name, iana };
}

/** Names that were read and are known: asking the runtime costs more than all the rest of an event. */
const read = new Map<string, string>();
/** Some hundred zones, and what spellings of them may come. */
const MAX_KEPT = 2_000;

function ianaOf(name: string): string | null {
  const key = name.toLowerCase();
  if (utcNames.has(key)) return UTC;
  const windows = windowsNames.get(key);
  if (windows !== undefined) return findIana(windows).find(isKnown) ?? null;
  // The runtime takes offsets (`+05:30`) for zones, too: those have no summer time and are nobody's name for a zone.
  if (!/^[a-z][a-z0-9_+/-]*$/.test(key)) return null;
  const iana = ianaNames.get(key);
  const candidate = iana ?? name;
  return isKnown(candidate) ? candidate : null;
}

function isKnown(iana: string): boolean {
  return canonical(iana) !== null;
}

/** The name under which the runtime keeps this zone; null where it has none. */
function canonical(iana: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: iana }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/**
 * The Windows name of an IANA zone, which Graph takes in every mailbox. A zone that Windows has no name for goes as it is:
 * Graph takes most IANA names and refuses the others with 400.
 */
export function graphZoneOf(iana: string): string {
  if (readZone(iana).iana === UTC) return UTC;
  const [windows] = findWindows(iana);
  if (windows !== undefined) return windows;
  // Newer names of a zone (`Europe/Kyiv`) may be known to the runtime alone.
  return findWindows(canonical(iana) ?? iana)[0] ?? iana;
}
