import type { Gateway } from "../../flows/gateway.ts";
import { createAccessTokens } from "../../tokens/access-tokens.ts";
import { createLegacyTokens } from "../../tokens/legacy-tokens.ts";
import { PrivateJwksError } from "../../tokens/private-jwks.ts";
import type { CompleteSettings } from "./complete-settings.ts";
import { StartError } from "./start-error.ts";

/** The keys of the settings, imported once. Throws StartError where they cannot be used. */
export async function openTokens(
  { accessTokens, keys, proxy }: CompleteSettings,
  now: () => number,
): Promise<Pick<Gateway, "tokens" | "legacyTokens">> {
  const { issuer } = accessTokens;
  const { jwtSecret: secret } = proxy;
  const tokens = await createAccessTokens({
    ...accessTokens,
    privateJwks: keys.privateJwks,
    now,
  }).catch((error: unknown) => {
    throw error instanceof PrivateJwksError ? new StartError(error.message) : error;
  });
  const legacyTokens = secret === null ? null : await createLegacyTokens({ secret, issuer, now });
  return { tokens, legacyTokens };
}
