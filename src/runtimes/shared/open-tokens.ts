import { type OAuthClient, openidClients } from "../../core/oauth/client.ts";
import type { Gateway } from "../../flows/gateway.ts";
import { createAccessTokens } from "../../tokens/access-tokens.ts";
import { createIdTokens } from "../../tokens/id-tokens.ts";
import { createLegacyTokens } from "../../tokens/legacy-tokens.ts";
import { PrivateJwksError, type SigningJwk } from "../../tokens/private-jwks.ts";
import type { CompleteSettings } from "./complete-settings.ts";
import { StartError } from "./start-error.ts";

/** The keys of the settings, imported once. Throws StartError where they cannot be used. */
export async function openTokens(
  { accessTokens, keys, proxy, rules }: CompleteSettings,
  now: () => number,
): Promise<Pick<Gateway, "idTokens" | "legacyTokens" | "tokens">> {
  const { issuer } = accessTokens;
  const { jwtSecret: secret } = proxy;
  const options = { ...accessTokens, privateJwks: keys.privateJwks, now };
  const clients = openidClients(rules.oauth.clients);
  checkAlgorithms(clients, keys.privateJwks);
  const algorithms = new Set(clients.map(({ idTokenAlg }) => idTokenAlg));
  const opened = Promise.all([
    createAccessTokens(options),
    createIdTokens({ ...options, algorithms }),
  ]);
  const [tokens, idTokens] = await opened.catch((error: unknown) => {
    throw error instanceof PrivateJwksError ? new StartError(error.message) : error;
  });
  const legacyTokens = secret === null ? null : await createLegacyTokens({ secret, issuer, now });
  return { idTokens, legacyTokens, tokens };
}

/** The clients that get ID tokens of an algorithm for which there is no key. */
export const clientsWithoutKey = (
  clients: readonly OAuthClient[],
  privateJwks: readonly Pick<SigningJwk, "alg">[],
): readonly OAuthClient[] =>
  openidClients(clients).filter(({ idTokenAlg }) =>
    privateJwks.every(({ alg }) => alg !== idTokenAlg),
  );

/** A client without a key for its ID tokens would fail at its customers' logins. */
function checkAlgorithms(
  clients: readonly OAuthClient[],
  privateJwks: readonly SigningJwk[],
): void {
  const without = clientsWithoutKey(clients, privateJwks);
  if (without.length === 0) return;
  const lines = without.map(
    ({ clientId, idTokenAlg }) =>
      `  OAUTH_CLIENTS client ${clientId} gets ID tokens under ${idTokenAlg}, and JWT_PRIVATE_JWKS has no such key: add one behind the first ("doorstep keys generate" makes both), or give the client another id_token_signed_response_alg, or a scope without openid`,
  );
  throw new StartError(`doorstep cannot start with these settings:\n${lines.join("\n")}`);
}
