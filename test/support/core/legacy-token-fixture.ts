import { createLegacyTokens } from "../../../src/tokens/legacy-tokens.ts";
import { compact, withSecret } from "../proxy/forge-token.ts";
import { clock, ISSUER, NOW_SECONDS } from "./access-token-fixture.ts";

/** Such as `openssl rand -base64 48` gives. */
export const SECRET = "q0m8a7n1Xx2c9LrT4vW6yB3dF5gH7jK9pZsQeRtUiOwMnBvCxLkJhGfDsApYuIoE";
export const LEGACY_HEADER = { alg: "HS256", typ: "JWT" };

/** The payload of a member of staff's own token, as the backend makes it; attacks change it. */
export const STAFF = {
  sub: "admin-001",
  email: "admin@earlybird.com",
  role: "admin",
  exp: NOW_SECONDS + 86_400,
};

export const legacyTokens = await createLegacyTokens({
  secret: SECRET,
  issuer: ISSUER,
  now: () => clock.now,
});

/** A legacy token of any content under the shared secret, signed without jose. */
export const legacy = (
  payload: object | string | Buffer,
  { header = LEGACY_HEADER as object, secret = SECRET as string | Buffer } = {},
): string => compact(header, payload, withSecret(secret));
