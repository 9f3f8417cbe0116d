/** Limits and habits of the engine; every figure comes from the settings. */
export interface EngineSettings {
  readonly leaseMs: number;
  /** Items asked for per page. */
  readonly pageSize: number;
  /** Pages of one stream before the next stream has its turn. */
  readonly turnPages: number;
  readonly guardPercent: number;
  readonly guardMinimum: number;
}

/** How long a job may still work (P12). */
export interface Budget {
  /** True when the job must stop at the next commit. */
  spent(): boolean;
  /** One more page was read. */
  page(): void;
}
