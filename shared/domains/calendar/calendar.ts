import { z } from 'zod';
import type { Kind } from '../../engine/domain.ts';
import type { Fields, Json } from '../../lib/json.ts';
import { calendarPath } from './calendar-stream.ts';
import { text } from './read-members.ts';

const said = z.string().nullish();

/** A calendar as Graph sends it. [graph-facts 7.6] */
const wire = z.object({
  id: z.string().min(1),
  changeKey: said,
  '@removed': z.unknown().optional(),
  name: said,
  color: said,
  hexColor: said,
  isDefaultCalendar: z.boolean().nullish(),
  canEdit: z.boolean().nullish(),
  owner: z.object({ name: said, address: said }).nullish(),
});
type WireCalendar = z.output<typeof wire>;

/** A calendar as it stands in the list of calendars. */
export const listedCalendar = z.object({
  id: z.string(),
  name: z.string(),
  color: z.string().nullable(),
  owner: z.object({ name: z.string().nullable(), address: z.string().nullable() }).nullable(),
  isDefault: z.boolean(),
  canEdit: z.boolean(),
});
export type ListedCalendar = z.output<typeof listedCalendar>;

const defaults = { name: '', color: null, owner: null, isDefault: false, canEdit: true } satisfies Fields;

const readers: Readonly<Record<string, (item: WireCalendar) => Json | undefined>> = {
  name: ({ name }) => (name === undefined ? undefined : (name ?? '')),
  // The colour itself where it is shown, else Graph's word for it.
  color: ({ hexColor, color }) =>
    hexColor === undefined && color === undefined ? undefined : (text(hexColor) ?? text(color) ?? null),
  owner: ({ owner }) =>
    owner === undefined || owner === null
      ? owner
      : { name: text(owner.name) ?? null, address: text(owner.address) ?? null },
  isDefault: ({ isDefaultCalendar: value }) => (value === undefined ? undefined : value === true),
  canEdit: ({ canEdit: value }) => (value === undefined ? undefined : value !== false),
};

/** Reads a calendar; throws ZodError where it cannot. */
function readCalendar(raw: unknown): { readonly item: WireCalendar; readonly fields: Fields } {
  const item = wire.parse(raw);
  const fields: Record<string, Json> = {};
  for (const [field, read] of Object.entries(readers)) {
    const value = read(item);
    if (value !== undefined) fields[field] = value;
  }
  return { item, fields };
}

/** The calendars of a mailbox, those of others that are shared with it among them: a plain list, and no change rows. */
export const calendarKind: Kind = {
  name: 'calendar',
  feed: false,
  defaults,
  placeFields: [],
  quietFields: [],
  placeOf: () => undefined,
  itemPath: (graphId) => calendarPath(graphId),
  shrink: (fields) => ({ ...fields, name: nameOf(fields).slice(0, 1_000) }),
  decode(raw, whole) {
    const { item, fields } = readCalendar(raw);
    if (item['@removed'] !== undefined) return { type: 'removed', graphId: item.id };
    return {
      type: 'item',
      graphId: item.id,
      etag: null,
      modifiedAt: null,
      fields: whole ? { ...defaults, ...fields } : fields,
      partial: !whole && fields['name'] === undefined,
    };
  },
  index: (record) => [
    {
      // The default calendar first.
      order: `c:${record.fields['isDefault'] === true ? '0' : '1'}${nameOf(record.fields).toLowerCase().slice(0, 60)}`,
      id: record.id,
      item: showCalendar(record),
      columns: {},
    },
  ],
  show: (record) => showCalendar(record),
};

const nameOf = ({ name }: Fields): string => (typeof name === 'string' ? name : '');

const showCalendar = (record: { readonly graphId: string | null; readonly fields: Fields }): Fields => ({
  ...defaults,
  ...record.fields,
  id: record.graphId ?? '',
});

/**
 * The address of whoever the mailbox belongs to, as its default calendar says; where that names no owner, the name by which the
 * account signs in (`username`), which is its address as a rule. Null where nobody can say.
 */
export function accountOf(calendars: readonly ListedCalendar[], username = ''): string | null {
  const owner = calendars.find(({ isDefault }) => isDefault)?.owner?.address ?? null;
  const address = owner ?? (username.includes('@') ? username : null);
  return address?.toLowerCase() ?? null;
}

/** The address of the owner of somebody else's calendar; null = it is the account's own. */
export function delegateOf({ owner }: ListedCalendar, account: string | null): string | null {
  const address = owner?.address ?? null;
  return address === null || account === null || address.toLowerCase() === account ? null : address;
}
