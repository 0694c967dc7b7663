/** What the platform lends: a clock, randomness, and work that outlives the answer. */
export interface Runtime {
  /** Epoch ms. */
  now(): number;
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  /** SHA-256 of a text in UTF-8, in base64url: at once where the platform can. */
  digest(text: string): string | Promise<string>;
  /**
   * Whether a request may wait for what another one began. On Workers it may not: a request whose
   * client hangs up is ended with all that it asked for, and no answer ever comes.
   */
  readonly sharesWork: boolean;
  sleep(ms: number): Promise<void>;
  /** Runs `task` after the answer; it is waited for at shutdown, and its error is logged. */
  defer(name: string, task: () => Promise<void>): void;
}
