import { nextAllowedAt } from "../budget.ts";
import { type FailureOf, rateLimited } from "../failure.ts";

/**
 * The source of a request for a phone, as fingerprints: keyed hashes of the phone with the address
 * (IPv6: its /64), and with the network around it (IPv4 /24, IPv6 /48). The record shows no
 * address.
 */
export interface GuessSource {
  readonly address: string;
  readonly network: string;
}

/** A wrong code that was compared. */
export interface WrongFrom extends GuessSource {
  /** Epoch ms. */
  readonly at: number;
}

const WINDOW_MS = 24 * 3_600_000;
/** Bounds on the compared wrong codes for a phone in a day, by address and by network. */
const PER_ADDRESS = [{ limit: 5, windowMs: WINDOW_MS }];
const PER_NETWORK = [{ limit: 10, windowMs: WINDOW_MS }];

/**
 * The limit that blocks further codes of this source, or null. A refused try does not count against
 * the phone, so that a stranger at one address cannot lock the owner out by any number of tries.
 */
export function sourceBlocked(
  { wrongFrom = [] }: { readonly wrongFrom?: readonly WrongFrom[] },
  source: GuessSource | null,
  now: number,
): FailureOf<"rate-limited"> | null {
  if (source === null) return null;
  const of = (name: keyof GuessSource) =>
    wrongFrom.filter((wrong) => wrong[name] === source[name]).map(({ at }) => at);
  const until = Math.max(
    nextAllowedAt(of("address"), PER_ADDRESS, now),
    nextAllowedAt(of("network"), PER_NETWORK, now),
  );
  return until > now ? rateLimited("source-guesses", until, now) : null;
}

/** The wrong codes that still count against their source. */
export const withinDay = (wrongFrom: readonly WrongFrom[], now: number): readonly WrongFrom[] =>
  wrongFrom.filter(({ at }) => at + WINDOW_MS > now);
