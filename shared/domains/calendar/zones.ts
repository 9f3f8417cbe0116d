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
 * Reads the name of a zone: Windows names, IANA names and Graph's own for UTC, in any case. One that IANA has renamed is read
 * by its name of today. `tzone://Microsoft/Custom`, `Customized Time Zone` and whatever else is not known are kept as they
 * came, with no IANA name. [graph-facts 7.2]
 */
export function readZone(name: string): Zone {
  const known = read.get(name);
  if (known !== undefined) return { name, iana: known };
  const found = ianaOf(name.trim());
  const iana = found === null ? null : ofToday(found);
  if (iana !== null && read.size < MAX_KEPT) read.set(name, iana);
  return { name, iana };
}

/** Names that were read and are known: asking the runtime costs more than all the rest of an event. */
const read = new Map<string, string>();
/** Some hundred zones, and what spellings of them may come. */
const MAX_KEPT = 2_000;

/** Windows zones whose main city has gone over to another clock since, with one that has stayed. */
const stayed: Readonly<Record<string, readonly string[]>> = {
  'Mountain Standard Time (Mexico)': ['America/Mazatlan'],
  'Central Asia Standard Time': ['Asia/Bishkek'],
};

function ianaOf(name: string): string | null {
  const key = name.toLowerCase();
  if (utcNames.has(key)) return UTC;
  const windows = windowsNames.get(key);
  if (windows !== undefined) return [...(stayed[windows] ?? []), ...findIana(windows)].find(isKnown) ?? null;
  // The runtime takes offsets (`+05:30`) for zones, too: those have no summer time and are nobody's name for a zone.
  if (!/^[a-z][a-z0-9_+/-]*$/.test(key)) return null;
  const iana = ianaNames.get(key);
  const candidate = iana ?? name;
  return isKnown(candidate) ? candidate : null;
}

/** Zones that Windows' table and the runtime's ICU keep by the names that IANA gave up. */
const renamed = new Map([
  ['Africa/Asmera', 'Africa/Asmara'],
  ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['America/Catamarca', 'America/Argentina/Catamarca'],
  ['America/Coral_Harbour', 'America/Atikokan'],
  ['America/Cordoba', 'America/Argentina/Cordoba'],
  ['America/Godthab', 'America/Nuuk'],
  ['America/Indianapolis', 'America/Indiana/Indianapolis'],
  ['America/Jujuy', 'America/Argentina/Jujuy'],
  ['America/Louisville', 'America/Kentucky/Louisville'],
  ['America/Mendoza', 'America/Argentina/Mendoza'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Asia/Katmandu', 'Asia/Kathmandu'],
  ['Asia/Rangoon', 'Asia/Yangon'],
  ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
  ['Atlantic/Faeroe', 'Atlantic/Faroe'],
  ['Europe/Kiev', 'Europe/Kyiv'],
  ['Pacific/Enderbury', 'Pacific/Kanton'],
  ['Pacific/Ponape', 'Pacific/Pohnpei'],
  ['Pacific/Truk', 'Pacific/Chuuk'],
]);

/** The same zone by its name of today, where the runtime knows that. */
function ofToday(iana: string): string {
  const name = renamed.get(iana);
  return name !== undefined && isKnown(name) ? name : iana;
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

/** Whether Outlook has a name for an IANA zone, by Windows' table; of the youngest zones it has none. */
export const isToldZone = (iana: string): boolean => readZone(iana).iana === UTC || graphZoneOf(iana) !== iana;

/** The name by which Graph is told of the clock of a series: a zone that has left the clock of its Windows name goes as it is. */
export function clockZoneOf(iana: string): string {
  const known = clocks.get(iana);
  if (known !== undefined) return known;
  const name = graphZoneOf(iana);
  const clock = isSameClock(readZone(name).iana ?? UTC, iana) ? name : iana;
  if (clocks.size < MAX_KEPT) clocks.set(iana, clock);
  return clock;
}

/** Whether Graph has one name for the clocks of these two zones, however they are named. Zones that are not known are none. */
export function isSameZone(one: string, other: string): boolean {
  const [first, second] = [readZone(one).iana, readZone(other).iana];
  return first !== null && second !== null && clockZoneOf(first) === clockZoneOf(second);
}

/** Names that were looked for: clocks are compared over years. */
const clocks = new Map<string, string>();

const WEEK_MS = 604_800_000;
/** Two years, so that each change of the clocks counts. */
const WEEKS = 105;

/** Whether two zones show the same time, week by week from 2026 on: countries leave zones, and names of zones stay. */
function isSameClock(one: string, other: string): boolean {
  const [first, second] = [clockOf(one), clockOf(other)];
  const from = Date.UTC(2026, 0, 1);
  return Array.from({ length: WEEKS }, (_, week) => from + week * WEEK_MS).every((at) => first(at) === second(at));
}

function clockOf(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('en', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return (at) => format.format(at);
}
