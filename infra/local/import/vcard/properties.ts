import ICAL from 'ical.js';
import { z } from 'zod';

/** One property of a card. */
export interface Property {
  /** In lower case, without its group. */
  readonly name: string;
  readonly group: string | undefined;
  /** In lower case. */
  readonly types: ReadonlySet<string>;
  /** Lower = preferred; 101 where nothing is said. */
  readonly preference: number;
  /** Structured values have parts, each perhaps of several words; others have one. */
  readonly parts: readonly string[];
  /** List values; others have one. */
  readonly values: readonly string[];
}

/** jCard (RFC 7095). What a value is depends on the property: those that are used here are text, or lists of it. */
const jCard = z.tuple([
  z.literal('vcard'),
  z.array(z.tuple([z.string(), z.record(z.string(), z.unknown()), z.string()], z.unknown())),
  z.unknown(),
]);

/** The properties of a card in plain form. Throws where the parser cannot read it. */
export function propertiesOf(card: string): Property[] {
  return jCard.parse(parsed(card))[1].map(([name, params, , ...values]) => {
    const types = new Set(wordsOf(params['type']).flatMap((type) => type.toLowerCase().split(',')));
    const preference = types.has('pref') ? 1 : Number(wordsOf(params['pref'])[0] ?? 101);
    const [first = ''] = values;
    return {
      name,
      group: wordsOf(params['group'])[0],
      types,
      preference: Number.isNaN(preference) ? 101 : preference,
      parts: (Array.isArray(first) ? first : [first]).map(textOf),
      values: values.map(textOf),
    };
  });
}

/** @throws Error in words for its owner; the parser's own say what, but not of what */
function parsed(card: string): unknown {
  try {
    return ICAL.parse(card);
  } catch (error) {
    throw new Error(`It cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** All that is text in a value, lists and lists in lists taken apart. */
function wordsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(wordsOf);
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
}

/** The parser leaves escaped semicolons and colons as they are where a value is not structured. */
function textOf(value: unknown): string {
  return wordsOf(value)
    .join(' ')
    .replaceAll(/\\([;:"'])/g, '$1')
    .replaceAll(/\r?\n/g, '\r\n')
    .trim();
}
