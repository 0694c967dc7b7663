import { andThen, type Maybe } from "../../core/maybe.ts";
import type { LegacyClaims } from "../../ports/tokens.ts";
import type { Gateway } from "../gateway.ts";

/**
 * The legacy token for the upstream, made once and cached until its last minute.
 *
 * @param name of the token's person: a sid, or all of its claims, which no sid equals
 * @param claims called only where a new token is made
 */
export function mintForUpstream(
  gateway: Pick<Gateway, "legacyTokens" | "process">,
  name: string,
  claims: () => Promise<LegacyClaims>,
): Maybe<string> {
  const { legacyTokens, process } = gateway;
  if (legacyTokens === null) throw new TypeError("a token for an upstream that is not configured");
  const minted = process.minted.of(name, async () => legacyTokens.mint(await claims()));
  return andThen(minted, ({ token }) => token);
}
