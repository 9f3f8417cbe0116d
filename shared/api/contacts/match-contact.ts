import { phoneKey } from '../../domains/contacts/match.ts';
import type { ContactNotes } from '../../domains/contacts/notes.ts';
import { contactQuery, externalIdRange, type ContactQuery } from '../../domains/contacts/queries.ts';
import type { LocalRows } from '../../engine/local-write.ts';
import type { EngineRecord } from '../../engine/model.ts';
import type { IndexPage } from '../../engine/ports.ts';
import { ProblemError } from '../../errors.ts';
import type { ContactCandidate, ContactRequest } from './schemas.ts';

/** How many candidates are told; more help nobody to choose. */
const MOST_CANDIDATES = 20;

/** What a request is about, as it was found under the fence. */
export type Match =
  | { readonly type: 'none' }
  /** The application wrote this one before: it has the externalId. */
  | { readonly type: 'same'; readonly record: EngineRecord }
  /** Outlook has it already. */
  | { readonly type: 'link'; readonly record: EngineRecord };

type Asked = Pick<ContactRequest, 'externalId' | 'emails' | 'phones' | 'match'>;

/** Something that is looked for, and where it is looked up. */
interface Probe {
  readonly by: 'email' | 'phone';
  readonly value: string;
  readonly query: ContactQuery;
}

/**
 * The contact that a POST is about: the one with its externalId; else the only one that has one of its e-mails; else, where
 * none has, the only one that has one of its phones. A contact that has another externalId is another one to the
 * application, and no candidate. Throws 409 `contact_match_ambiguous` where several share what decides.
 */
export async function matchContact(rows: LocalRows, asked: Asked, notes: ContactNotes): Promise<Match> {
  const known = await holderOf(rows, asked.externalId);
  if (known !== null) return { type: 'same', record: known };
  if (asked.match === 'none') return { type: 'none' };
  const byEmail = (asked.emails ?? []).map(({ address }): Probe => ({
    by: 'email',
    value: address,
    query: contactQuery({ email: address }, notes),
  }));
  const byPhone = (asked.phones ?? [])
    .filter(({ number }) => phoneKey(number, notes.region) !== '')
    .map(({ number }): Probe => ({ by: 'phone', value: number, query: contactQuery({ phone: number }, notes) }));
  for (const probes of [byEmail, byPhone]) {
    const candidates = await holders(rows, probes, asked.externalId ?? null);
    const [only, ...others] = candidates;
    if (only !== undefined && others.length === 0) return { type: 'link', record: only.record };
    if (only !== undefined) throw ambiguous(candidates);
  }
  return { type: 'none' };
}

/** The contact that has this externalId; null where none has. */
export async function holderOf(rows: LocalRows, externalId: string | null | undefined): Promise<EngineRecord | null> {
  if (externalId === null || externalId === undefined) return null;
  const records = await standing(rows, { query: externalIdRange(externalId), keep: () => true });
  return records.find(({ fields }) => fields['externalId'] === externalId) ?? null;
}

interface Candidate {
  readonly record: EngineRecord;
  readonly matched: ContactCandidate['matched'];
}

async function holders(rows: LocalRows, probes: readonly Probe[], externalId: string | null): Promise<Candidate[]> {
  const found = new Map<string, Candidate>();
  for (const { by, value, query } of probes) {
    for (const record of await standing(rows, query)) {
      const theirs = record.fields['externalId'] ?? null;
      if (externalId !== null && theirs !== null && theirs !== externalId) continue;
      const matched = [...(found.get(record.id)?.matched ?? []), { by, value }];
      found.set(record.id, { record, matched });
    }
  }
  return [...found.values()];
}

/** The contacts that a query finds. */
async function standing(rows: LocalRows, { query, keep }: ContactQuery): Promise<EngineRecord[]> {
  const ids = new Set<string>();
  let after: string | null = null;
  do {
    const page: IndexPage = await rows.list({ ...query, limit: 100, after });
    for (const { id } of page.entries.filter(({ item }) => keep(item))) ids.add(id);
    after = page.next;
  } while (after !== null);
  return [...(await rows.records([...ids])).values()].filter(({ kind }) => kind === 'contact');
}

const ambiguous = (candidates: readonly Candidate[]): ProblemError =>
  new ProblemError(
    409,
    'contact_match_ambiguous',
    `${candidates.length} contacts share its e-mail or phone: PATCH the one that is meant, or POST with "match": "none"`,
    {
      members: {
        candidates: candidates.slice(0, MOST_CANDIDATES).map(({ record, matched }): ContactCandidate => ({
          id: record.id,
          displayName: typeof record.fields['displayName'] === 'string' ? record.fields['displayName'] : null,
          matched,
        })),
      },
    },
  );
