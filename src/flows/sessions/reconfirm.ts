import type { Maybe } from "../../core/maybe.ts";
import type { Session } from "../../core/sessions/user-record.ts";
import { LINK_GOOD_MS, type SessionEnd } from "../state/process-state.ts";
import { type ConfirmPorts, confirmSession } from "./confirm-link.ts";

/**
 * Confirms the link where no login, no refresh and no call of this process recently did.
 *
 * @returns why the session has ended, or null
 */
export function reconfirm(gateway: ConfirmPorts, session: Session): Maybe<SessionEnd | null> {
  const { authenticatedAt, rotatedAt, sid, userId } = session;
  const confirmedAt = Math.max(authenticatedAt, rotatedAt);
  if (gateway.runtime.now() < confirmedAt + LINK_GOOD_MS) return null;
  const { links, sessions } = gateway.process;
  return links.of(sid, async () => {
    const userKey = await gateway.keyring.userKey(userId);
    const confirmed = await confirmSession(gateway, userKey, session);
    if (confirmed.ok) return null;
    sessions.forget(sid);
    return confirmed.failure;
  });
}
