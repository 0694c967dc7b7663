import type { HashNow } from "../core/linking/made-user.ts";

/** The platform: a clock, randomness, and work that outlives the answer. */
export interface Runtime {
  /**
   * Whether a request's work goes on when its client hangs up. On Workers it stops: the promises of
   * such a request never settle, for the request itself and for every other request that awaits
   * them.
   */
  readonly outlivesClients: boolean;
  /** Epoch ms. */
  now(): number;
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  /** SHA-256 of a text in UTF-8, in base64url; synchronous where the platform can. */
  digest(text: string): string | Promise<string>;
  /** The platform's own hash, without a promise; null where WebCrypto's is the only one. */
  readonly hashNow: HashNow | null;
  sleep(ms: number): Promise<void>;
  /** Runs `task` after the answer. A shutdown waits for the task, and its error is logged. */
  defer(name: string, task: () => Promise<void>): void;
}
