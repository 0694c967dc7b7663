import { nextAllowedAt } from "../budget.ts";
import { type FailureOf, rateLimited } from "../failure.ts";

/**
 * Where a request for a phone comes from, as fingerprints: keyed hashes of the phone with the address
 * (IPv6: its /64), and with the network around it (IPv4 /24, IPv6 /48). The record tells nobody's address.
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
/** Wrong codes of one address, and of one network, that are compared for a phone in a day. */
const PER_ADDRESS = [{ limit: 5, windowMs: WINDOW_MS }];
const PER_NETWORK = [{ limit: 10, windowMs: WINDOW_MS }];

/**
 * Why no further code of this source is compared, or null. A refused try is not counted against the
 * phone: so a stranger at one address cannot lock the phone's owner out, however often they try.
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
