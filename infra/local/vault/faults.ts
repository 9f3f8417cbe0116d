import { z } from 'zod';

const action = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('status'),
    status: z.number().int().min(100).max(599),
    code: z.string().optional(),
    message: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.object({ kind: z.literal('reset') }),
  z.object({ kind: z.literal('slow'), ms: z.number().min(0) }),
  z.object({ kind: z.literal('hang') }),
  /** Does the work, then answers with this status as if it had failed. */
  z.object({ kind: z.literal('applied'), status: z.number().int().min(100).max(599), code: z.string().optional() }),
  z.object({ kind: z.literal('applied-reset') }),
]);

export const faultRule = z.strictObject({
  match: z
    .strictObject({ method: z.string().optional(), path: z.string().optional(), body: z.string().optional() })
    .default({}),
  skip: z.number().int().min(0).default(0),
  /** 0 = for ever. */
  times: z.number().int().min(0).default(1),
  probability: z.number().min(0).max(1).default(1),
  action,
});

export type FaultRule = z.infer<typeof faultRule>;
export type FaultAction = z.infer<typeof action>;

interface Armed {
  readonly id: number;
  readonly rule: FaultRule;
  seen: number;
  done: number;
}

export interface RequestSeen {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body: string;
}

/** The faults that tests have asked for, in order; the first that fits a request is applied. */
export class Faults {
  #armed: Armed[] = [];
  #next = 1;
  /** A fixed sequence, so that a run with probabilities can be repeated. */
  #seed = 1;

  add(rule: FaultRule): number {
    const id = this.#next++;
    this.#armed.push({ id, rule, seen: 0, done: 0 });
    return id;
  }

  list(): { id: number; rule: FaultRule; done: number }[] {
    return this.#armed.map(({ id, rule, done }) => ({ id, rule, done }));
  }

  clear(): void {
    this.#armed = [];
  }

  take(request: RequestSeen): FaultAction | undefined {
    const armed = this.#armed.find((candidate) => this.#applies(candidate, request));
    if (armed === undefined) return undefined;
    armed.done += 1;
    return armed.rule.action;
  }

  #applies(armed: Armed, request: RequestSeen): boolean {
    const { rule } = armed;
    if (rule.times > 0 && armed.done >= rule.times) return false;
    if (!fits(rule.match, request)) return false;
    armed.seen += 1;
    return armed.seen > rule.skip && (rule.probability === 1 || this.#random() < rule.probability);
  }

  #random(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return this.#seed / 2_147_483_647;
  }
}

function fits(match: FaultRule['match'], { method, path, body }: RequestSeen): boolean {
  if (match.method !== undefined && match.method.toUpperCase() !== method) return false;
  if (match.path !== undefined && !new RegExp(match.path).test(path)) return false;
  return match.body === undefined || new RegExp(match.body).test(body);
}
