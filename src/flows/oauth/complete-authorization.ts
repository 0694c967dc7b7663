import { concat, storedBytes, toBase64url } from "../../core/bytes.ts";
import type { FailureOf } from "../../core/failure.ts";
import type { CodeId } from "../../core/ids.ts";
import { grantCode } from "../../core/oauth/authorization-code.ts";
import { isNewEnough } from "../../core/oauth/authorization-request.ts";
import {
  type AuthorizationError,
  authorizationResponse,
} from "../../core/oauth/authorization-response.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { mintBearer } from "../../core/secrets/bearer.ts";
import type { UserRecord } from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";
import { countSession } from "../sessions/count-session.ts";
import type { PageSession } from "../sessions/page-session.ts";
import { changeUserRecord } from "../state/change-record.ts";
import type { PendingAuthorization } from "./pending-authorization.ts";

type CompleteAuthorizationPorts = Pick<
  Gateway,
  "keyring" | "limits" | "rules" | "runtime" | "state"
>;

export const CODE_ID_BYTES = 9;

/** The page's session, and the record it was read from, where it was read. */
export type AuthorizingSession = Pick<PageSession, "session" | "userKey"> &
  Partial<Pick<PageSession, "stored">>;

type CompletionFailure =
  | { readonly reason: "confirmation-needed" }
  | { readonly reason: "login-needed" }
  | FailureOf<"rate-limited" | "token-invalid">;

/**
 * Makes a code for the client, in the name of the customer of the page's session. Where any program
 * of the device could receive the code, the customer must have confirmed (RFC 8252 section 8.6). A
 * login that is too old for the request gives no code.
 *
 * @param issuer `iss` of the response
 * @param confirmed whether the customer sent a form of the page that names the client
 * @returns the URL with the code, for the browser
 */
export async function completeAuthorization(
  gateway: CompleteAuthorizationPorts,
  issuer: string,
  pending: PendingAuthorization,
  page: AuthorizingSession,
  confirmed: boolean,
): Promise<Result<string, CompletionFailure>> {
  if (!isNewEnough(pending, page.session)) return fail({ reason: "login-needed" });
  if (pending.needsConfirmation && !confirmed) return fail({ reason: "confirmation-needed" });
  const { keyring, runtime } = gateway;
  const { session, stored, userKey } = page;
  const limited = await countSession(gateway, session.sid);
  if (limited !== null) return fail(limited);
  const fresh = {
    id: toBase64url(runtime.randomBytes(CODE_ID_BYTES)) as CodeId,
    seed: toBase64url(runtime.randomBytes(32)),
    keyId: keyring.currentId,
  };
  const decide = (record: UserRecord, at: number) => {
    const granted = grantCode(record, session, pending, fresh, at);
    return { record: granted, outcome: granted ? ok(undefined) : fail(ENDED) };
  };
  const granted = await changeUserRecord(gateway, userKey, decide, stored);
  if (!granted.ok) return granted;
  const locator = concat(storedBytes(userKey), storedBytes(fresh.id));
  const seed = storedBytes(fresh.seed);
  const code = await mintBearer(keyring, "code", fresh.keyId, locator, seed);
  if (code === null) return fail(ENDED);
  const { redirectUri, state } = pending;
  return ok(authorizationResponse(redirectUri, { code, state, iss: issuer }));
}

const ENDED = { reason: "token-invalid" } as const;

/** The URL for the browser without a code: by default, the customer said no. */
export const declineAuthorization = (
  issuer: string,
  { redirectUri, state }: PendingAuthorization,
  error: AuthorizationError = "access_denied",
): string => authorizationResponse(redirectUri, { error, state, iss: issuer });
