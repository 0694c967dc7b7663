import type { SessionReport } from "../http/routes/admin-shapes.ts";

/** One session in a line. */
export function sessionText(session: SessionReport): string {
  const { client_id, expires_at, last_used_at, sid, user_agent } = session;
  const times = `used ${last_used_at}, ends ${expires_at}`;
  return `${sid}  ${client_id}  ${times}  ${user_agent}`.trimEnd();
}
