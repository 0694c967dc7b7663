import type { FailureOf } from "../../core/failure.ts";
import { ok, type Result } from "../../core/result.ts";
import { loggedOut } from "../../core/sessions/session-end.ts";
import { findSession, type UserRecord } from "../../core/sessions/user-record.ts";
import type { IdTokenHint } from "../../ports/tokens.ts";
import type { Gateway } from "../gateway.ts";
import type { PageSession } from "../sessions/page-session.ts";
import { forgetSessions } from "../sessions/standing-sessions.ts";
import { changeUserRecord, readUserRecord } from "../state/change-record.ts";

type EndByHintPorts = Pick<
  Gateway,
  "audit" | "keyring" | "process" | "rules" | "runtime" | "state"
>;

/**
 * Ends the client's session that an ID token names, and the session of the login page behind it, as
 * "Sign out" on the page does: the apps that this browser let in end too. The browser's own page session ends as well where it is the same user's: another person's ID token,
 * sent through a customer's browser, must not log that customer out.
 *
 * @returns whether the browser's cookie stands for an ended session
 */
export async function endByHint(
  gateway: EndByHintPorts,
  { aud, sid, sub }: IdTokenHint,
  page: PageSession | null,
): Promise<Result<boolean, FailureOf<"rate-limited">>> {
  const userKey = await gateway.keyring.userKey(sub);
  const stored = await readUserRecord(gateway, userKey);
  const own = page?.userKey === userKey ? page.session.sid : null;
  const named = findSession(stored.record, sid, gateway.runtime.now());
  const client = named?.clientId === aud ? named : null;
  const sids = [client?.sid, client?.openedBy, own].filter((one) => typeof one === "string");
  const decide = (record: UserRecord, now: number) => {
    const standing = sids.map((one) => findSession(record, one, now));
    const left = standing.filter((one) => one !== null).reduce(loggedOut, record);
    return { record: left, outcome: ok(undefined) };
  };
  const ended = await changeUserRecord(gateway, userKey, decide, stored);
  if (!ended.ok) return ended;
  forgetSessions(gateway, stored.record.sessions);
  for (const sessionId of new Set(sids)) {
    gateway.audit.record({ name: "session.ended", sessionId, userId: sub, detail: "logged out" });
  }
  return ok(own !== null);
}
