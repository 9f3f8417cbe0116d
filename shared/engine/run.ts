import type { Json } from '../lib/json.ts';
import type { Domain, Kind, StreamPlan } from './domain.ts';
import type { Cause } from './model.ts';
import type { Source } from './ports.ts';
import type { Session } from './session.ts';
import type { Budget, EngineSettings } from './settings.ts';

/** One run of a job over a partition: what all steps of a pass share. */
export interface Run {
  readonly session: Session;
  readonly domain: Domain;
  readonly source: Source;
  readonly settings: EngineSettings;
  readonly budget: Budget;
  /** Why this run looks: `push` after a notification, else `poll`. */
  readonly cause: Cause;
  /** All streams are to be polled; else only those of the named items, until one of these may be anywhere. */
  all: boolean;
  /** The pass that this run begins or goes on with: streams that it polled had their turn. No clock tells, for clocks jump. */
  pass: string;
  /** Deletions beyond the guard were approved before this run began. */
  readonly approved: boolean;
  /** Graph ids that notifications named and that this run has not yet seen. */
  readonly named: Set<string>;
  /** Graph ids that earlier pages of the rounds under way have brought, by stream, where parts of groups are among them. */
  readonly brought: Map<string, ReadonlySet<string>>;
  /** What the run found, for the status and for judging a silent subscription. */
  readonly found: Found;
}

/** What a run changed. */
export interface Found {
  changes: number;
  /** The earliest remote time of the changes that were found, by stream. */
  readonly earliest: Map<string, number>;
  /** Streams came or went. */
  streams: boolean;
}

/** The kind of a stream's records. */
export function kindOf(run: Pick<Run, 'domain' | 'session'>, name: string): Kind {
  return kindIn(run.domain, run.session.head.notes, name);
}

/** A kind of a domain; a name that it does not have is a bug. */
export function kindIn(domain: Domain, notes: Json, name: string): Kind {
  const kind = domain.kinds(notes)[name];
  if (kind === undefined) throw new Error(`domain ${domain.name} has no kind ${name}`);
  return kind;
}

/** Streams that the pass looks after, in the order of their turns. */
export type Plans = ReadonlyMap<string, StreamPlan>;
