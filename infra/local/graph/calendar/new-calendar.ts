import { numberRanges } from '../number-ranges.ts';
import type { Calendar } from './model.ts';

export type NewCalendar = Partial<Pick<Calendar, 'name' | 'color' | 'isDefault' | 'isRemovable' | 'shared'>>;

const COLOURS = [
  'auto',
  'lightBlue',
  'lightGreen',
  'lightOrange',
  'lightGray',
  'lightYellow',
  'lightTeal',
  'lightPink',
];
const HEX = ['', '#a6d1f5', '#4a8443', '#ff8c00', '#a4a6b1', '#fff4b0', '#38b3a4', '#f2a5b8'];

/** The nth calendar of a mailbox (from 1), empty, in a colour that those before it do not have. */
export function newCalendar(nth: number, version: number, input: NewCalendar): Calendar {
  const num = numberRanges.calendar + nth;
  const color = input.color ?? COLOURS[(nth - 1) % COLOURS.length] ?? 'auto';
  return {
    num,
    name: input.name ?? 'Calendar',
    color,
    hexColor: HEX[COLOURS.indexOf(color)] ?? '',
    isDefault: input.isDefault ?? false,
    isRemovable: input.isRemovable ?? input.isDefault !== true,
    version,
    slots: [0],
    events: new Set(),
    log: [],
    settled: 0,
    permissions: [{ id: `org-${num}`, address: undefined, name: 'My Organization', role: 'freeBusyRead' }],
    shared: input.shared,
  };
}
