import { z } from 'zod';
import type { Random } from './random.ts';

const status = z.number().int().min(200).max(599);
const code = z.string().optional();

const action = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status,
    code,
    message: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown().optional(),
  }),
  z.strictObject({ kind: z.literal('reset') }),
  z.strictObject({ kind: z.literal('slow'), ms: z.number().min(0) }),
  z.strictObject({ kind: z.literal('hang') }),
  z.strictObject({ kind: z.literal('truncate') }),
  z.strictObject({ kind: z.literal('html'), status }),
  z.strictObject({ kind: z.literal('applied'), status, code }),
  z.strictObject({ kind: z.literal('applied-reset') }),
  z.strictObject({ kind: z.literal('empty-page') }),
  z.strictObject({ kind: z.literal('repeat-page') }),
  z.strictObject({ kind: z.literal('duplicate-items') }),
  z.strictObject({ kind: z.literal('reorder-items') }),
  z.strictObject({ kind: z.literal('thin-items') }),
  z.strictObject({ kind: z.literal('gone'), location: z.boolean().optional() }),
  z.strictObject({ kind: z.literal('lose-item'), id: z.string() }),
]);
export type FaultAction = z.infer<typeof action>;

const pattern = z.string().refine(isPattern, 'is no regular expression');

/** What `POST /control/faults` takes. */
export const faultRule = z.strictObject({
  match: z
    .strictObject({
      method: z.string().optional(),
      path: pattern.optional(),
      upn: z.string().optional(),
      body: pattern.optional(),
    })
    .default({}),
  skip: z.number().int().min(0).default(0),
  times: z.number().int().min(0).default(1),
  probability: z.number().min(0).max(1).default(1),
  action,
});
export type FaultRule = z.infer<typeof faultRule>;

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    // The constructor throws nothing but SyntaxError.
    return false;
  }
}

/** The request as rules see it. `path` is the path with the query: below `/v1.0`, or on the sign-in part. */
export interface FaultTarget {
  method: string;
  path: string;
  upn: string | undefined;
  body: string;
}

interface Armed {
  id: string;
  rule: FaultRule;
  path: RegExp | undefined;
  body: RegExp | undefined;
  seen: number;
  used: number;
}

/** The armed faults. The first rule that fits and is not used up acts; chance is drawn from the seed. */
export class Faults {
  private armed: Armed[] = [];
  private nextId = 1;
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  add(rule: FaultRule): string {
    const id = `fault-${this.nextId}`;
    this.nextId += 1;
    const { path, body } = rule.match;
    this.armed.push({
      id,
      rule,
      path: path === undefined ? undefined : new RegExp(path, 'i'),
      body: body === undefined ? undefined : new RegExp(body, 'i'),
      seen: 0,
      used: 0,
    });
    return id;
  }

  clear(): void {
    this.armed = [];
  }

  list(): { id: string; rule: FaultRule; seen: number; used: number }[] {
    return this.armed.map(({ id, rule, seen, used }) => ({ id, rule, seen, used }));
  }

  take(target: FaultTarget): FaultAction | undefined {
    for (const fault of this.armed) {
      const { skip, times, probability } = fault.rule;
      if (!fits(fault, target) || (times > 0 && fault.used >= times)) continue;
      fault.seen += 1;
      if (fault.seen <= skip || (probability < 1 && this.random.next() >= probability)) continue;
      fault.used += 1;
      return fault.rule.action;
    }
    return undefined;
  }
}

function fits(fault: Armed, target: FaultTarget): boolean {
  const { method, upn } = fault.rule.match;
  if (fault.rule.action.kind === 'lose-item') return false;
  if (method !== undefined && method.toUpperCase() !== target.method) return false;
  if (upn !== undefined && upn.toLowerCase() !== target.upn?.toLowerCase()) return false;
  if (fault.body !== undefined && !fault.body.test(target.body)) return false;
  const { path } = fault;
  if (path === undefined) return true;
  return spellings(target.path).some((text) => path.test(text));
}

/** A rule may be written for the path as sent or as meant, with or without the version. */
function spellings(path: string): string[] {
  const decoded = path.replaceAll(/%[0-9a-f]{2}/gi, (escape) => {
    const value = Number.parseInt(escape.slice(1), 16);
    return value < 0x80 ? String.fromCharCode(value) : escape;
  });
  return [path, decoded, `/v1.0${path}`];
}
