import { badParameter } from './errors.ts';
import { faultRule, type Faults } from './faults.ts';
import type { VaultRequest } from './routes.ts';

export interface RequestEntry {
  readonly n: number;
  readonly method: string;
  readonly path: string;
  /** 0 = not answered (yet). */
  status: number;
}

/** The requests served, oldest first; numbers are never given twice. */
export interface RequestLog {
  entries: RequestEntry[];
  last: number;
}

interface Controlled {
  readonly faults: Faults;
  readonly log: RequestLog;
}

/** What tests ask of the vault beside its own API: `/control/faults` and `/control/requests`. */
export function control({ faults, log }: Controlled, request: VaultRequest): { status: number; body?: unknown } {
  switch (`${request.method} ${request.url.pathname}`) {
    case 'POST /control/faults': {
      const parsed = faultRule.safeParse(toJson(request.body));
      if (!parsed.success) throw badParameter(parsed.error.issues.map(({ message }) => message).join(' '));
      return { status: 201, body: { id: faults.add(parsed.data) } };
    }
    case 'GET /control/faults':
      return { status: 200, body: faults.list() };
    case 'DELETE /control/faults':
      faults.clear();
      return { status: 204 };
    case 'GET /control/requests': {
      const since = Number(request.url.searchParams.get('since') ?? 0);
      return { status: 200, body: log.entries.filter(({ n }) => n > since) };
    }
    case 'DELETE /control/requests':
      log.entries = [];
      return { status: 204 };
    default:
      return { status: 404, body: { error: 'There is no such control.' } };
  }
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badParameter('The body must be JSON.');
  }
}
