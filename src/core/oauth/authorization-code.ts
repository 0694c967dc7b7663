import { equalBytes, utf8 } from "../bytes.ts";
import type { CodeId } from "../ids.ts";
import { fail, ok, type Result } from "../result.ts";
import { withoutDevice } from "../sessions/session-end.ts";
import {
  type AuthorizationCode,
  findSession,
  type Session,
  type UserRecord,
  withCode,
  withSession,
} from "../sessions/user-record.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";

/** RFC 6749 section 4.1.2 allows ten minutes; a client asks within a second. */
export const CODE_TTL_MS = 60_000;
/** A used code is remembered for this long after its end, so that a second use is noticed. */
const REMEMBERED_MS = 10 * 60_000;

/** The parts of a derived secret that a record stores: a name, a random seed and the key's id. */
type Fresh<Id> = Readonly<{ id: Id; seed: string; keyId: string }>;

/** The record with a code for the client, or null where the page's session has ended. */
export function grantCode(
  record: UserRecord,
  page: Pick<Session, "sid">,
  { client, codeChallenge, nonce, redirectUri, scope }: AuthorizationRequest,
  fresh: Fresh<CodeId>,
  now: number,
): UserRecord | null {
  if (findSession(record, page.sid, now) === null) return null;
  const expiresAt = now + CODE_TTL_MS;
  const code: AuthorizationCode = {
    ...fresh,
    clientId: client.clientId,
    redirectUri,
    codeChallenge,
    scope,
    expiresAt,
    openedBy: page.sid,
    gave: null,
    until: expiresAt + REMEMBERED_MS,
    ...(nonce === null ? {} : { nonce }),
  };
  return withCode(record, code, now);
}

/** What a client shows at the token endpoint besides the code. */
export interface ShownGrant {
  readonly clientId: string;
  readonly redirectUri: string;
  /** SHA-256 of the verifier that it shows, in base64url. */
  readonly codeChallenge: string;
}

/** Why a genuine code gives nothing. With `used`, `gave` names the session of the first use. */
export type CodeRefusal =
  | { readonly because: "client" | "redirect" | "verifier" | "expired" | "page-ended" }
  | { readonly because: "used"; readonly gave: Session["sid"] };

export interface CodeRedemption {
  /** Null where nothing changes. */
  readonly record: UserRecord | null;
  readonly outcome: Result<Session, CodeRefusal>;
}

/**
 * Decides about a code that was shown at the token endpoint.
 *
 * A second use ends the session of the first (RFC 6749 section 4.1.2): code and verifier are in two
 * hands. Of two uses at one moment one is the second. Only a use with the right client, redirect URI
 * and verifier counts. An attacker who read the code in a log or an address can neither spend it nor
 * end the owner's session. A verifier has 256 random bits, so wrong ones are not counted.
 *
 * @param open makes the client's session from the page's
 */
export function redeemAuthorizationCode(
  record: UserRecord,
  code: AuthorizationCode,
  shown: ShownGrant,
  open: (page: Session) => Session,
  now: number,
): CodeRedemption {
  const refuse = (refusal: CodeRefusal): CodeRedemption => ({
    record: null,
    outcome: fail(refusal),
  });
  if (code.clientId !== shown.clientId) return refuse({ because: "client" });
  if (code.redirectUri !== shown.redirectUri) return refuse({ because: "redirect" });
  if (!equalBytes(utf8(code.codeChallenge), utf8(shown.codeChallenge))) {
    return refuse({ because: "verifier" });
  }
  if (code.gave !== null) return endGiven(record, code.gave, now);
  if (code.expiresAt <= now) return refuse({ because: "expired" });
  const page = findSession(record, code.openedBy, now);
  if (page === null) return refuse({ because: "page-ended" });
  const session = open(page);
  const used = withCode(record, { ...code, gave: session.sid }, now);
  return { record: withSession(used, session, now), outcome: ok(session) };
}

function endGiven(record: UserRecord, gave: Session["sid"], now: number): CodeRedemption {
  const session = findSession(record, gave, now);
  return {
    record: session && withoutDevice(record, session),
    outcome: fail({ because: "used", gave }),
  };
}

/**
 * The client's session. Its proof of the phone is as old as the page's, and it ends with the page's
 * session at the latest: no chain of authorizations outlives the login.
 */
export function clientSession(
  page: Session,
  { clientId, scope }: Pick<AuthorizationCode, "clientId" | "scope">,
  fresh: Pick<Session, "sid" | "seed" | "keyId" | "userAgent">,
  idleTtlMs: number,
  now: number,
): Session {
  const { amr, authenticatedAt, customerId, endsAt, phoneKey, sid, userId } = page;
  return {
    ...fresh,
    amr,
    authenticatedAt,
    clientId,
    customerId,
    endsAt,
    phoneKey,
    scope,
    userId,
    generation: 0,
    rotatedAt: now,
    receivedAt: null,
    // The known device is the page's: a client gets no token of it.
    device: null,
    idleUntil: now + idleTtlMs,
    openedBy: sid,
  };
}
