import type { MailboxContext, Reply } from '../http.ts';
import type { IndexKey } from '../received-index.ts';
import { maxPageSize } from '../prefer.ts';
import { tokenOf } from './options.ts';
import { badToken, syncStateNotFound } from './token.ts';
import type { DeltaOptions, DeltaState, DeltaTokens } from './token.ts';

/** What a walk needs to know of the thing it walks over. */
export interface DeltaSource {
  /** Kind, user and folder: a link of another scope is refused. */
  scope: string;
  what: string;
  readOptions(query: URLSearchParams): DeltaOptions;
  /** The first page of a first round holds nothing; left out: by the settings. */
  emptyFirstPage?: boolean;
  /** The end of the log. From the first call on, changes must be logged. */
  mark(): number;
  /** A page of what is there; `more` = there is more to list, `capped` = there is, but the walk may not go on. */
  list(
    state: DeltaState,
    size: number,
  ): { value: unknown[]; after: IndexKey | undefined; more: boolean; capped: boolean };
  /** A page of changes from `state.at` on, and the place where it ended. */
  changes(state: DeltaState, size: number): { value: unknown[]; at: number };
}

/** Page size where the client names none. Not published for Outlook. */
const DEFAULT_PAGE = 10;

interface Page {
  value: unknown[];
  next: DeltaState | undefined;
  done: DeltaState | undefined;
}

/** One page of a delta round: exactly one of nextLink and deltaLink. */
export function deltaPage(context: MailboxContext, source: DeltaSource, tokens: DeltaTokens): Reply {
  const token = tokenOf(context.req.query);
  const end = source.mark();
  const state = token === undefined ? firstState(context, source, end) : tokens.read(token);
  if (state.scope !== source.scope) throw badToken();
  if (state.generation !== context.mailbox.syncGeneration || state.at > end) throw syncStateNotFound();
  const empty =
    context.shape === 'empty-page' ||
    (token === undefined && (source.emptyFirstPage ?? context.tenant.settings.emptyFirstPage));
  const page = empty ? { value: [], next: again(state), done: undefined } : readPage(context, source, state);
  if (context.shape === 'repeat-page') Object.assign(page, { next: again(state), done: undefined });
  const body: Record<string, unknown> = {
    '@odata.context': `${context.req.origin}/v1.0/$metadata#${source.what}`,
    value: page.value,
  };
  const link = (name: string, value: DeltaState): string =>
    `${context.req.origin}${context.req.path}?${name}=${tokens.write(value)}`;
  if (page.next !== undefined) body['@odata.nextLink'] = link('$skiptoken', page.next);
  // The documents show deltaLinks under both names; folders get the misleading one.
  const name = source.scope.startsWith('folders') ? '$skiptoken' : '$deltatoken';
  if (page.done !== undefined) body['@odata.deltaLink'] = link(name, page.done);
  return { status: 200, body };
}

function firstState(context: MailboxContext, source: DeltaSource, end: number): DeltaState {
  const options = source.readOptions(context.req.query);
  const generation = context.mailbox.syncGeneration;
  return { scope: source.scope, generation, options, mode: 'list', start: end, at: end, listed: 0, nonce: 0 };
}

/** The same place under another link. */
function again(state: DeltaState): DeltaState {
  return { ...state, nonce: state.nonce + 1 };
}

function readPage(context: MailboxContext, source: DeltaSource, state: DeltaState): Page {
  const asked = maxPageSize(context.req) ?? DEFAULT_PAGE;
  const size = Math.min(asked, context.tenant.settings.pageSize);
  const end = source.mark();
  if (state.mode === 'list') {
    const { value, after, more, capped } = source.list(state, size);
    const listed = state.listed + value.length;
    if (more && !capped) return { value, next: { ...state, after: after ?? state.after, listed }, done: undefined };
    // What changed while the list was read: shown in this round, unless the walk was cut short.
    const log: DeltaState = { ...state, mode: 'log', after: undefined, listed: 0 };
    if (!capped && end > state.at) return { value, next: log, done: undefined };
    return { value, next: undefined, done: log };
  }
  const { value, at } = source.changes(state, size);
  if (at < end) return { value, next: { ...state, at }, done: undefined };
  return { value, next: undefined, done: { ...state, start: at, at } };
}
