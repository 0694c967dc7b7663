import type { SessionReport } from "../../http/routes/admin/admin-shapes.ts";
import { tableLines } from "./text-table.ts";

/** A line for each session, in columns. */
export const sessionLines = (sessions: readonly SessionReport[]): readonly string[] =>
  tableLines(
    sessions.map(({ client_id, expires_at, last_used_at, sid, user_agent }) => [
      sid,
      client_id,
      `used ${last_used_at}, ends ${expires_at}`,
      user_agent,
    ]),
  );
