import { expect } from "vitest";
import type { CustomerId, SessionId, UserId } from "../../../src/core/ids.ts";
import type { AccessClaims, AccessTokens } from "../../../src/ports/tokens.ts";
import { createAccessTokens } from "../../../src/tokens/access-tokens.ts";
import { readPrivateJwks } from "../../../src/tokens/private-jwks.ts";
import { compact, type Jwk, makeJwk, withKey } from "../proxy/forge-token.ts";

export const ISSUER = "https://door.example";
export const AUDIENCE = "https://api.example";
/** Epoch ms, a whole second. */
export const NOW = 1_793_000_000_000;
export const NOW_SECONDS = NOW / 1000;

export const CLAIMS: AccessClaims = {
  sub: "u-1" as UserId,
  client_id: "doorstep",
  customer_v2_id: "c-1" as CustomerId,
  role: "customer",
  sid: "session-1" as SessionId,
  auth_time: NOW_SECONDS - 30,
  amr: ["otp", "sms"],
};

/** The payload of a token that verifies; attacks change it. */
export const GOOD = {
  ...CLAIMS,
  iss: ISSUER,
  aud: AUDIENCE,
  jti: "j-1",
  iat: NOW_SECONDS - 30,
  exp: NOW_SECONDS + 900,
};

export const ACCEPTED = {
  ok: true,
  value: { ...CLAIMS, jti: expect.any(String), expiresAt: NOW + 900_000 },
};
export const INVALID = { ok: false, failure: { reason: "token-invalid" } };
export const EXPIRED = { ok: false, failure: { reason: "token-expired" } };

/** The clock of every gateway made here; a test that moves it puts it back. */
export const clock = { now: NOW };

export function createGateway(keys: readonly object[]): Promise<AccessTokens> {
  return createAccessTokens({
    privateJwks: readPrivateJwks({ keys }),
    issuer: ISSUER,
    audience: AUDIENCE,
    ttlSeconds: 900,
    now: () => clock.now,
  });
}

/** A key of each kind, the first of which signs, and the gateway that has them. */
export const [es, ed, rs] = await Promise.all([
  makeJwk("ES256"),
  makeJwk("EdDSA"),
  makeJwk("RS256"),
]);
export const tokens = await createGateway([es, ed, rs]);

export const headerOf = (jwk: Jwk) => ({ alg: jwk.alg, typ: "at+jwt", kid: jwk.kid });

/** A token of any content under the gateway's own first key. */
export const signed = (payload: object | string | Buffer, header: object = headerOf(es)): string =>
  compact(header, payload, withKey(es));
