import type { LegacyClaims } from "../../ports/tokens.ts";
import type { Gateway } from "../gateway.ts";

/**
 * The legacy token for the upstream, made once and remembered until its last minute.
 *
 * @param name of whom it speaks: a sid, or all that it says, which no sid looks like
 * @param claims what it says; asked for only when one is made
 */
export async function mintForUpstream(
  gateway: Pick<Gateway, "legacyTokens" | "process">,
  name: string,
  claims: () => Promise<LegacyClaims>,
): Promise<string> {
  const { legacyTokens, process } = gateway;
  if (legacyTokens === null) throw new TypeError("a token for an upstream that is not configured");
  return (await process.minted.of(name, async () => legacyTokens.mint(await claims()))).token;
}
