import type { LegacyClaims, LegacyTokens } from "../../ports/tokens.ts";
import type { Gateway } from "../gateway.ts";
import { createMemory, type Memory } from "../state/timed-cache.ts";

/** A token with less than this left is made anew: the backend may be slow to look at it. */
const LEAST_LEFT_MS = 60_000;
const MAX_TOKENS = 10_000;

type Minted = Awaited<ReturnType<LegacyTokens["mint"]>>;

const mintedTokens = new WeakMap<Gateway, Memory<Minted>>();

/**
 * The legacy token for the upstream, made once and remembered until its last minute.
 *
 * @param name of whom it speaks: a sid, or all that it says, which no sid looks like
 * @param claims what it says; asked for only when one is made
 */
export async function mintForUpstream(
  gateway: Gateway,
  name: string,
  claims: () => Promise<LegacyClaims>,
): Promise<string> {
  const { legacyTokens, runtime } = gateway;
  if (legacyTokens === null) throw new TypeError("a token for an upstream that is not configured");
  const minted =
    mintedTokens.get(gateway) ??
    createMemory<Minted>(runtime, MAX_TOKENS, (_, { expiresAt }) => expiresAt - LEAST_LEFT_MS);
  mintedTokens.set(gateway, minted);
  return (await minted.of(name, async () => legacyTokens.mint(await claims()))).token;
}
