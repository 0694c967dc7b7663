import * as z from "zod/mini";
import { findClient } from "../../../core/oauth/client.ts";
import { fail, type Result } from "../../../core/result.ts";
import { DIRECT_CLIENT } from "../../../core/sessions/user-record.ts";
import { redeemCode } from "../../../flows/oauth/redeem-code.ts";
import type { TokenSet } from "../../../flows/sessions/issue-tokens.ts";
import { refreshTokens } from "../../../flows/sessions/refresh-tokens.ts";
import type { AnyFailureOf } from "../../problems/problems.ts";
import type { Call } from "../../route.ts";

export const tokenRequest = z.object({
  grant_type: z.string(),
  refresh_token: z.optional(z.string()),
  client_id: z.optional(z.string()),
  client_secret: z.optional(z.string()),
  code: z.optional(z.string()),
  redirect_uri: z.optional(z.string()),
  code_verifier: z.optional(z.string()),
});

type TokenRequest = z.output<typeof tokenRequest>;

/** The problems of a grant. */
export const GRANT_PROBLEMS = [
  "token-invalid",
  "refresh-reused",
  "customer-stopped",
  "user-inactive",
  "rate-limited",
] as const;

type Granted = Promise<
  Result<TokenSet, AnyFailureOf<(typeof GRANT_PROBLEMS)[number] | "validation-failed">>
>;

/** The supported grants; metadata and the token endpoint read the same table. */
const GRANTS = {
  refresh_token({ gateway }: Call, { client_id, refresh_token }: TokenRequest): Granted {
    if (refresh_token === undefined) return refused("refresh_token", MISSING);
    return refreshTokens(gateway, refresh_token, client_id ?? DIRECT_CLIENT);
  },
  authorization_code({ gateway, header }: Call, request: TokenRequest): Granted {
    const { client_id: clientId, code, code_verifier, redirect_uri: redirectUri } = request;
    if (clientId === undefined) return refused("client_id", MISSING);
    if (findClient(gateway.rules.oauth.clients, clientId) === undefined) {
      return settled(UNKNOWN_CLIENT);
    }
    if (code === undefined) return refused("code", MISSING);
    if (redirectUri === undefined) return refused("redirect_uri", MISSING);
    if (!VERIFIER.test(code_verifier ?? "")) {
      return refused("code_verifier", "must have 43 to 128 of the characters A-Z a-z 0-9 - . _ ~");
    }
    const userAgent = header("user-agent") ?? "";
    const codeVerifier = code_verifier ?? "";
    return redeemCode(gateway, { clientId, code, codeVerifier, redirectUri, userAgent });
  },
} as const satisfies Record<string, (call: Call, request: TokenRequest) => Granted>;

export const GRANT_TYPES = Object.keys(GRANTS) as readonly (keyof typeof GRANTS)[];

/** Tokens for one request at the token endpoint. */
export function grantTokens(call: Call, request: TokenRequest): Granted {
  const grant = GRANT_TYPES.find((name) => name === request.grant_type);
  if (grant !== undefined) return GRANTS[grant](call, request);
  const errors = [{ pointer: "/grant_type", detail: `must be one of: ${GRANT_TYPES.join(", ")}` }];
  return settled({ reason: "validation-failed", errors, oauthError: "unsupported_grant_type" });
}

/** A client that showed no secret and stands nowhere. */
export const UNKNOWN_CLIENT = {
  reason: "validation-failed",
  errors: [{ pointer: "/client_id", detail: "must name a registered client" }],
  oauthError: "invalid_client",
} as const;

/** RFC 7636 section 4.1. */
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/;
const MISSING = "must be of type string";

const refused = (name: keyof TokenRequest, detail: string): Granted =>
  settled({ reason: "validation-failed", errors: [{ pointer: `/${name}`, detail }] });

const settled = async (failure: AnyFailureOf<"validation-failed">): Granted => fail(failure);
