import { storedBytes, toBase64url } from "../../core/bytes.ts";
import type { FailureOf } from "../../core/failure.ts";
import type { SessionId, UserKey } from "../../core/ids.ts";
import {
  type CodeRefusal,
  clientSession,
  redeemAuthorizationCode as decideRedemption,
  type ShownGrant,
} from "../../core/oauth/authorization-code.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { type Bearer, provesSeed, readBearer } from "../../core/secrets/bearer.ts";
import {
  type AuthorizationCode,
  findSession,
  type Session,
  type UserRecord,
} from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";
import { MAX_USER_AGENT } from "../login/log-in.ts";
import { type ConfirmPorts, confirmSession } from "../sessions/confirm-link.ts";
import { countSession } from "../sessions/count-session.ts";
import { type IdTokenPorts, withIdToken } from "../sessions/issue-id-token.ts";
import { issueTokens, SESSION_ID_BYTES, type TokenSet } from "../sessions/issue-tokens.ts";
import { forgetSessions } from "../sessions/standing-sessions.ts";
import { changeUserRecord, readUserRecord } from "../state/change-record.ts";
import type { SessionEnd } from "../state/process-state.ts";
import { CODE_ID_BYTES } from "./complete-authorization.ts";

type RedeemPorts = ConfirmPorts & IdTokenPorts & Pick<Gateway, "limits" | "tokens">;

/** What a client shows at the token endpoint (RFC 6749 section 4.1.3, RFC 7636 section 4.5). */
export interface CodeGrant {
  readonly code: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly codeVerifier: string;
  readonly userAgent: string;
}

type GrantFailure = SessionEnd | FailureOf<"rate-limited">;

const USER_KEY_BYTES = 16;
const INVALID = { reason: "token-invalid" } as const;

/**
 * The authorization code grant. One write spends the code and adds the client's session, so that of
 * any number of uses one gives it. Customer and user are read before, as at a refresh.
 *
 * @param grant of a client that stands in OAUTH_CLIENTS
 */
export async function redeemCode(
  gateway: RedeemPorts,
  grant: CodeGrant,
): Promise<Result<TokenSet, GrantFailure>> {
  const { keyring, runtime } = gateway;
  const length = USER_KEY_BYTES + CODE_ID_BYTES;
  const bearer = await readBearer(keyring, "code", length, grant.code);
  if (bearer === null) return fail(INVALID);
  const userKey = toBase64url(bearer.locator.subarray(0, USER_KEY_BYTES)) as UserKey;
  const id = toBase64url(bearer.locator.subarray(USER_KEY_BYTES));
  const now = runtime.now();
  const limited = await countSession(gateway, id);
  if (limited !== null) return fail(limited);
  const stored = await readUserRecord(gateway, userKey);
  const decide = await redemption(gateway, grant, id, bearer);
  const { outcome: first } = await decide(stored.record, now);
  // A second use is a write. Every other refusal needs neither the directory nor a write.
  if (!first.ok && first.failure.because !== "used") return refuse(gateway, first.failure);
  const page = first.ok ? findSession(stored.record, first.value.openedBy ?? "", now) : null;
  const confirmed = page && (await confirmSession(gateway, userKey, page));
  if (confirmed?.ok === false) return confirmed;
  const redeemed = await changeUserRecord(gateway, userKey, decide, stored);
  if (!redeemed.ok) return refuse(gateway, redeemed.failure);
  const { value: session } = redeemed;
  auditGrant(gateway, session);
  if (!confirmed) return fail(INVALID);
  const { customer, user } = confirmed.value;
  const tokens = await issueTokens(gateway, userKey, session, customer, user);
  if (tokens === null) return fail(INVALID);
  const nonce = stored.record.codes?.find((code) => code.id === id)?.nonce ?? null;
  return ok(await withIdToken(gateway, session, tokens, confirmed.value, nonce));
}

/** The record's code, if the shown one was made with its seed. */
async function codeIn(
  { keyring }: Pick<Gateway, "keyring">,
  record: UserRecord,
  id: string,
  bearer: Bearer,
): Promise<AuthorizationCode | null> {
  const code = record.codes?.find((entry) => entry.id === id);
  const isGenuine = code && (await provesSeed(keyring, "code", bearer, storedBytes(code.seed)));
  return isGenuine ? code : null;
}

type Refused = CodeRefusal | { readonly because: "unknown" };

interface Decided {
  readonly record: UserRecord | null;
  readonly outcome: Result<Session, Refused>;
}

async function redemption(
  gateway: Pick<Gateway, "keyring" | "rules" | "runtime">,
  grant: CodeGrant,
  id: string,
  bearer: Bearer,
) {
  const { keyring, rules, runtime } = gateway;
  const { clientId, redirectUri, userAgent } = grant;
  const codeChallenge = await runtime.digest(grant.codeVerifier);
  const shown: ShownGrant = { clientId, redirectUri, codeChallenge };
  const fresh = {
    sid: toBase64url(runtime.randomBytes(SESSION_ID_BYTES)) as SessionId,
    seed: toBase64url(runtime.randomBytes(32)),
    keyId: keyring.currentId,
    userAgent: userAgent.slice(0, MAX_USER_AGENT),
  };
  return async (record: UserRecord, now: number): Promise<Decided> => {
    const code = await codeIn(gateway, record, id, bearer);
    if (code === null) return { record: null, outcome: fail({ because: "unknown" }) };
    const open = (page: Session) => clientSession(page, code, fresh, rules.session.idleTtlMs, now);
    return decideRedemption(record, code, shown, open, now);
  };
}

/** The client gets one error for every cause; the audit names the cause. */
function refuse(
  gateway: Pick<Gateway, "audit" | "process">,
  failure: Refused | FailureOf<"rate-limited">,
): Result<never, GrantFailure> {
  if ("reason" in failure) return fail(failure);
  const detail = failure.because;
  if (failure.because === "used") {
    forgetSessions(gateway, [{ sid: failure.gave }]);
    gateway.audit.record({ name: "authorization.reused", sessionId: failure.gave });
  } else if (failure.because !== "unknown") {
    gateway.audit.record({ name: "authorization.refused", detail });
  }
  return fail(INVALID);
}

function auditGrant({ audit }: Pick<Gateway, "audit">, session: Session): void {
  const { clientId: detail, customerId, sid: sessionId, userId } = session;
  const ids = { sessionId, userId, ...(customerId === null ? {} : { customerId }) };
  audit.record({ name: "authorization.granted", ...ids, detail });
}
