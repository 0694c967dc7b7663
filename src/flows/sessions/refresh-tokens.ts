import type { FailureOf } from "../../core/failure.ts";
import { findClient } from "../../core/oauth/client.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { refreshSession } from "../../core/sessions/refresh.ts";
import { withoutDevice } from "../../core/sessions/session-end.ts";
import {
  DIRECT_CLIENT,
  findSession,
  type Session,
  type UserRecord,
} from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";
import { changeUserRecord, readUserRecord, type Stored } from "../state/change-record.ts";
import type { SessionEnd } from "../state/process-state.ts";
import { type ConfirmPorts, confirmSession } from "./confirm-link.ts";
import { countSession } from "./count-session.ts";
import { type IdTokenPorts, withIdToken } from "./issue-id-token.ts";
import {
  issueTokens,
  type RefreshReference,
  readRefreshToken,
  type TokenSet,
} from "./issue-tokens.ts";
import { forgetSessions } from "./standing-sessions.ts";

type RefreshPorts = ConfirmPorts & IdTokenPorts & Pick<Gateway, "limits" | "tokens">;

export type RefreshFailure = SessionEnd | FailureOf<"refresh-reused" | "rate-limited">;

interface Turn {
  readonly record: UserRecord | null;
  readonly outcome: Result<Session, RefreshFailure>;
}

const INVALID = { reason: "token-invalid" } as const;

/**
 * The RFC 6749 refresh grant. Customer and user are read before the token is rotated, so that a
 * directory that is down ends no session.
 */
export async function refreshTokens(
  gateway: RefreshPorts,
  token: string,
  clientId: string,
): Promise<Result<TokenSet, RefreshFailure>> {
  const reference = await readRefreshToken(gateway, token);
  if (reference === null || !canRefresh(gateway, clientId)) return fail(INVALID);
  const now = gateway.runtime.now();
  const limited = await countSession(gateway, reference.sid);
  if (limited !== null) return fail(limited);
  const stored = await readUserRecord(gateway, reference.userKey);
  const held = await sessionOf(reference, stored.record, clientId, now);
  if (held === null) return fail(INVALID);
  const confirmed = await confirmSession(gateway, reference.userKey, held);
  if (!confirmed.ok) return confirmed;
  const turned = await turn(gateway, reference, clientId, stored);
  if (!turned.ok) return turned;
  const { customer, user } = confirmed.value;
  const tokens = await issueTokens(gateway, reference.userKey, turned.value, customer, user);
  if (tokens === null) return fail(INVALID);
  return ok(await withIdToken(gateway, turned.value, tokens, confirmed.value, null));
}

/**
 * Whether the client exists and gets refresh tokens. The old web app and the login page get none: a
 * token for one of their sessions was made from stolen keys. A client that left OAUTH_CLIENTS is
 * refused.
 */
const canRefresh = ({ rules }: Pick<Gateway, "rules">, clientId: string): boolean =>
  clientId === DIRECT_CLIENT || findClient(rules.oauth.clients, clientId) !== undefined;

/** The live session of the token; only the client that got the token may use it. */
async function sessionOf(
  reference: RefreshReference,
  record: UserRecord,
  clientId: string,
  now: number,
): Promise<Session | null> {
  const session = findSession(record, reference.sid, now);
  const genuine = session?.clientId === clientId && (await reference.isOf(session));
  return genuine ? session : null;
}

/** Moves the session one generation on, or repeats the successor, or ends a stolen session. */
async function turn(
  gateway: RefreshPorts,
  reference: RefreshReference,
  clientId: string,
  start: Stored<UserRecord>,
): Promise<Result<Session, RefreshFailure>> {
  const { audit, keyring, rules } = gateway;
  const decide = async (record: UserRecord, now: number): Promise<Turn> => {
    const session = await sessionOf(reference, record, clientId, now);
    if (session === null) return { record: null, outcome: fail(INVALID) };
    const { generation } = reference;
    const refreshed = refreshSession(session, generation, keyring.currentId, rules.session, now);
    if (!refreshed.ok) {
      const reused = refreshed.failure.reason === "refresh-reused";
      return { record: reused ? withoutDevice(record, session) : null, outcome: refreshed };
    }
    const next = refreshed.value.session;
    const sessions = record.sessions.map((other) => (other === session ? next : other));
    const rotated = refreshed.value.kind === "rotated";
    return { record: rotated ? { ...record, sessions } : null, outcome: ok(next) };
  };
  const turned = await changeUserRecord(gateway, reference.userKey, decide, start);
  // With the old session cached, the proxy here would not know the new generation's tokens.
  if (turned.ok) forgetSessions(gateway, [reference]);
  if (!turned.ok && turned.failure.reason === "refresh-reused") {
    forgetSessions(gateway, [reference]);
    audit.record({ name: "session.reused", sessionId: reference.sid });
  }
  return turned;
}
