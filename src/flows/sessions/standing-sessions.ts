import type { Session } from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";

/** A session that ended here is refused here at once; other nodes follow within ten seconds. */
export function forgetSessions(
  { process }: Pick<Gateway, "process">,
  sessions: readonly Pick<Session, "sid">[],
): void {
  for (const { sid } of sessions) process.sessions.forget(sid);
}
