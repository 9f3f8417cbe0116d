import { z } from 'zod';

/** What a Graph error code says, by code in lower case. Codes as in Microsoft's pages and as seen live. */
const meanings = {
  syncstatenotfound: 'resync',
  resyncrequired: 'resync',
  resyncchangesapplydifferences: 'resync',
  resyncchangesuploaddifferences: 'resync',
  mailboxnotenabledforrestapi: 'mailbox',
  errorinvaliduser: 'mailbox',
  errornonexistentmailbox: 'mailbox',
  toomanyrequests: 'throttled',
  applicationthrottled: 'throttled',
  activitylimitreached: 'throttled',
  errormailboxmoveinprogress: 'transient',
  errormailboxstoreunavailable: 'transient',
  errorinternalservertransienterror: 'transient',
  erroraccessdenied: 'denied',
  accessdenied: 'denied',
  authorization_requestdenied: 'consent',
  erroritemnotfound: 'missing',
  resourcenotfound: 'by-status',
  request_resourcenotfound: 'by-status',
  errorirresolvableconflict: 'by-status',
  errorfolderexists: 'by-status',
  namealreadyexists: 'by-status',
  entitytagdoesnotmatch: 'by-status',
  invalidauthenticationtoken: 'by-status',
  badrequest: 'by-status',
  request_badrequest: 'by-status',
  errorinvalidrequest: 'by-status',
  errorinvalidurlquery: 'by-status',
  errorinvalidparameter: 'by-status',
  errorinvalididmalformed: 'by-status',
  errorpropertyvalidationfailure: 'by-status',
  erroroccurrencecrossingboundary: 'by-status',
  errorsendasdenied: 'by-status',
  errorquotaexceeded: 'by-status',
  errorinternalservererror: 'by-status',
  errorserverbusy: 'by-status',
  inefficientfilter: 'by-status',
  invalidrequest: 'by-status',
  validationerror: 'by-status',
} as const;

/** `by-status`: the code is known and says no more than the status does. */
export type Meaning = (typeof meanings)[keyof typeof meanings];

const known: ReadonlyMap<string, Meaning> = new Map(Object.entries(meanings));

const innerSchema = z.looseObject({
  code: z.unknown().optional(),
  message: z.unknown().optional(),
  innerError: z.unknown().optional(),
  innererror: z.unknown().optional(),
  'request-id': z.unknown().optional(),
});
const bodySchema = z.looseObject({ error: innerSchema });
/** What may stand in a log: codes and ids, never running text. */
const codeText = z.string().regex(/^[\w.:-]{1,120}$/);

/** What a Graph error body tells. */
export interface GraphFault {
  /** The deepest code that is known, else the outermost one; as Graph spells it. */
  readonly code: string | null;
  readonly meaning: Meaning | null;
  readonly requestId: string | null;
  /** Not stable, may hold addresses: never for logs or errors. */
  readonly message: string;
}

/** Reads an error body; null where it is none of Graph's (a proxy's page, an empty body). `innerError` is spelt in two ways and nests. */
export function readFault(body: unknown): GraphFault | null {
  const outer = bodySchema.safeParse(body);
  if (!outer.success) return null;
  const levels = unfold(outer.data.error);
  const codes = levels.flatMap((level) => codeText.safeParse(level.code).data ?? []);
  const code = codes.findLast((one) => known.has(one.toLowerCase())) ?? codes[0] ?? null;
  const ids = levels.flatMap((level) => codeText.safeParse(level['request-id']).data ?? []);
  const message = z.string().safeParse(outer.data.error.message).data ?? '';
  return { code, meaning: meaningOf(code), requestId: ids[0] ?? null, message };
}

function meaningOf(code: string | null): Meaning | null {
  return code === null ? null : (known.get(code.toLowerCase()) ?? null);
}

function unfold(error: z.output<typeof innerSchema>, depth = 0): z.output<typeof innerSchema>[] {
  const inner = innerSchema.safeParse(error.innerError ?? error.innererror);
  return inner.success && depth < 8 ? [error, ...unfold(inner.data, depth + 1)] : [error];
}
