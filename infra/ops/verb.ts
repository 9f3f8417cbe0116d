import type { ApiClient } from './api/client.ts';
import type { Output } from './terminal/output.ts';

/** A flag of a verb. `value` names what follows it; without one it stands alone. */
export interface Option {
  readonly value?: string;
  readonly help: string;
}

/** What a verb was called with. */
export interface Call {
  readonly args: readonly string[];
  /** A flag's value; undefined where it was not given. */
  text(name: string): string | undefined;
  /** Whether a flag that stands alone was given. */
  flag(name: string): boolean;
  /** The API; asked for late, so that verbs which need no key do not demand one. Throws UsageError. */
  api(): ApiClient;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
}

/** One verb of the command line. */
export interface Verb {
  readonly summary: string;
  /** The arguments, as the first line of its help shows them. */
  readonly usage: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Further lines of its help. */
  readonly notes?: readonly string[];
  /** How many arguments without a dash it takes. */
  readonly most: number;
  /** Answers the exit code: 0 ok, 1 found a problem. Throws UsageError (2), OpsError (1). */
  readonly run: (call: Call) => Promise<0 | 1>;
}
