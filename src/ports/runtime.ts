/** What the platform lends: a clock, randomness, and work that outlives the answer. */
export interface Runtime {
  /**
   * Whether a request's work goes on when its client hangs up. On Workers it does not: what such a
   * request waits for never comes, neither to itself nor to anybody else who waits for the same.
   */
  readonly outlivesClients: boolean;
  /** Epoch ms. */
  now(): number;
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  /** SHA-256 of a text in UTF-8, in base64url: at once where the platform can. */
  digest(text: string): string | Promise<string>;
  sleep(ms: number): Promise<void>;
  /** Runs `task` after the answer; it is waited for at shutdown, and its error is logged. */
  defer(name: string, task: () => Promise<void>): void;
}
