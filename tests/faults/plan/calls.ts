import type { SeenRequest } from '../../support/fault-plan.ts';

/** What the app calls while it works. */
export const services = ['table', 'queue', 'vault', 'entra', 'graph', 'target'] as const;
export type Service = (typeof services)[number];

/** One call of a run, found again in another run of the same scenario: the n-th of its kind. */
export interface Call {
  readonly service: Service;
  /** Method, table or path, and row, without anything that differs from run to run. */
  readonly kind: string;
  /** 1 for the first of its kind. */
  readonly ordinal: number;
}

export const callName = ({ service, kind, ordinal }: Call): string => `${service} ${kind} #${ordinal}`;

/** The kind of a request, without ids, times and tokens. */
export function kindOf(service: Service, request: SeenRequest): string {
  const [path = '', query = ''] = request.path.split('?');
  switch (service) {
    case 'table':
      return tableKind(request, decodeURIComponent(path), decodeURIComponent(query));
    case 'queue':
      return `${request.method} ${path.replace(/^\/[^/]+/, '').replace(/\/messages\/.*/, '/messages/*')}`;
    case 'vault':
      return `${request.method} ${path.replaceAll(/(?<=\/secrets\/)[^/]+|(?<=\/secrets\/[^/]+\/)[^/]+/g, '*')}`;
    case 'entra':
      return `${request.method} ${path.split('/').at(-1) ?? ''}`;
    case 'target':
      return request.method;
    case 'graph': {
      const link = /skiptoken/i.test(query) ? ' next' : /deltatoken/i.test(query) ? ' delta' : '';
      return `${request.method} ${path.replaceAll(/[^/]{21,}/g, '*')}${link}`;
    }
  }
}

function tableKind({ method, body }: SeenRequest, path: string, query: string): string {
  const [, table = path, keys = ''] = /^\/[^/]+\/([$\w]+)(?:\((.*)\))?/.exec(path) ?? [];
  if (table === '$batch') {
    const text = body.toString();
    return `${method} $batch ${/:\d+\/\w+\/(\w+)\(/.exec(text)?.[1] ?? ''}`;
  }
  const row = /RowKey='([^'|]*)/.exec(keys)?.[1] ?? /RowKey (?:ge|eq) '([^'|]*)/.exec(query)?.[1] ?? '';
  return `${method} ${table} ${/^\d|^[^']{18,}/.test(row) ? '*' : row}`.trim();
}

/** Whether a request of a busy host belongs to one connection: its rows, its messages, its mailbox. */
export function concerns(
  service: Service,
  request: SeenRequest,
  whose: { readonly connectionId: string; readonly objectId: string },
): boolean {
  if (service !== 'table' && service !== 'queue') return true;
  const text = `${decodeURIComponent(request.path)} ${request.body.toString()}`;
  if (service === 'table') return text.includes(whose.connectionId) || text.includes(whose.objectId);
  if (request.method === 'GET' || !/\/(sync-jobs|push-jobs|deliveries)\/messages/.test(request.path)) return false;
  const sent = /<MessageText>([^<]+)</.exec(text)?.[1];
  return sent === undefined || Buffer.from(sent, 'base64').toString().includes(whose.connectionId);
}

/** Numbers calls within their kinds. */
export function numbered(calls: readonly Omit<Call, 'ordinal'>[]): Call[] {
  const seen = new Map<string, number>();
  return calls.map(({ service, kind }) => {
    const ordinal = (seen.get(`${service} ${kind}`) ?? 0) + 1;
    seen.set(`${service} ${kind}`, ordinal);
    return { service, kind, ordinal };
  });
}
