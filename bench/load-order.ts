/** What `load.ts` is asked to send, and what every answer must be. */
export interface LoadOrder {
  readonly url: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly connections: number;
  readonly requests: number;
  readonly status: number;
  /** Bytes of every answer's body; null: any. */
  readonly length: number | null;
}

export interface Load {
  readonly answers: number;
  readonly perSecond: number;
  /** Faults, each with the number of times. */
  readonly wrong: readonly (readonly [string, number])[];
}

/** What `load.ts` prints. */
export interface RequestLoad extends Load {
  /** User and system time of the load itself. */
  readonly cpuMs: number;
}
