/** What stands for "nothing" in a table. */
export const NONE = '-';

/** Text from outside without control and direction characters: an answer must not drive the operator's terminal. */
export const plain = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, ' ');

/** The same for text of several lines. */
export const clean = (text: string): string => text.split('\n').map(plain).join('\n');

const UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
  { name: 's', seconds: 1 },
] as const;

/** A length of time in its two greatest units: `3 d 4 h`, `12 s`. */
export function duration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const { name, seconds: unit } of UNITS) {
    const whole = Math.floor(rest / unit);
    rest -= whole * unit;
    if (whole > 0) parts.push(`${whole} ${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

/** An instant as seen from now: `in 5 min`, `12 s ago`; what is no instant is shown as it is. */
export function fromNow(at: string | null, now: Date): string {
  if (at === null) return NONE;
  const seconds = (Date.parse(at) - now.getTime()) / 1000;
  if (Number.isNaN(seconds)) return plain(at);
  if (Math.abs(seconds) < 1) return 'now';
  return seconds > 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`;
}

/** A number with thousands apart. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** `1 message`, `2 messages`. */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
