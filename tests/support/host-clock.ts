/**
 * Loaded into a host's process before all else (`--import`): moves its clock by the milliseconds that stand in the file
 * `MOVED_CLOCK_FILE`, so that a test can let days pass without waiting. Time-outs run on as they are.
 */
import { readFileSync } from 'node:fs';

const file = process.env['MOVED_CLOCK_FILE'] ?? '';
const RealDate = globalThis.Date;
const REREAD_MS = 5;
let movedBy = 0;
let readAt = -Infinity;

function now(): number {
  if (performance.now() - readAt > REREAD_MS) {
    readAt = performance.now();
    movedBy = Number(readFileSync(file, 'utf8'));
  }
  return RealDate.now() + movedBy;
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given: unknown[], asked): object => {
    const made: unknown = Reflect.construct(target, given.length === 0 ? [now()] : given, asked);
    if (typeof made !== 'object' || made === null) throw new Error('a Date is an object');
    return made;
  },
  apply: () => new RealDate(now()).toString(),
  get: (target, name, receiver): unknown => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});
