import type { FailureOf } from "../../core/failure.ts";
import { andThen, type Maybe } from "../../core/maybe.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { TokenFailure } from "../../ports/tokens.ts";
import type { Gateway } from "../gateway.ts";
import type { KnownToken, SessionEnd } from "../state/process-state.ts";
import { type AdmitSessionPorts, admitSession } from "./admit-session.ts";
import { admitStaff } from "./admit-staff.ts";
import type { Admitted } from "./admitted.ts";

type AdmitCallerPorts = AdmitSessionPorts & Pick<Gateway, "tokens">;

export type AdmissionFailure = SessionEnd | FailureOf<"token-missing" | "token-expired">;

/**
 * Identifies the caller of a proxied request: a customer by the access token of a live session, or
 * a member of staff by a legacy token. A cached token costs neither a signature check nor a store;
 * the session or person behind it is read again every ten seconds. (`readCaller` reads the store at
 * every call.) Throws AdapterError where a store is down.
 *
 * @param bearer the token alone, without its scheme
 */
export function admitCaller(
  gateway: AdmitCallerPorts,
  bearer: string | undefined,
): Maybe<Result<Admitted, AdmissionFailure>> {
  if (bearer === undefined) return fail({ reason: "token-missing" });
  return andThen(readToken(gateway, bearer), (known): ReturnType<typeof admitCaller> => {
    if (!known.ok) return known;
    const { by, claims } = known.value;
    // By the gateway's clock on every call: a cached token expires at the same time as a new one.
    if (claims.expiresAt <= gateway.runtime.now()) return fail({ reason: "token-expired" });
    return by === "gateway" ? admitSession(gateway, claims) : admitStaff(gateway, claims);
  });
}

function readToken(
  gateway: AdmitCallerPorts,
  token: string,
): Maybe<Result<KnownToken, TokenFailure>> {
  const known = gateway.process.tokens;
  return andThen(gateway.runtime.digest(token), (hash) => {
    const seen = known.get(hash);
    if (seen !== undefined) return ok(seen);
    return verify(gateway, token).then((verified) => {
      // Refused tokens are not cached: a flood of invented ones must not displace the valid ones.
      if (verified.ok) known.set(hash, verified.value);
      return verified;
    });
  });
}

async function verify(
  { legacyTokens, tokens }: Pick<Gateway, "legacyTokens" | "tokens">,
  token: string,
): Promise<Result<KnownToken, TokenFailure>> {
  const access = await tokens.verify(token);
  if (access.ok) return ok({ by: "gateway", claims: access.value });
  if (legacyTokens === null || access.failure.reason === "token-expired") return access;
  const staff = await legacyTokens.verifyStaff(token);
  return staff.ok ? ok({ by: "backend", claims: staff.value }) : staff;
}
