import { ok, type Result } from "../core/result.ts";
import { prunedUserRecord } from "../core/user-record.ts";
import { confirmSession } from "../flows/confirm-link.ts";
import { logOut, revokeAllSessions, revokeSession } from "../flows/end-sessions.ts";
import { session as presentSession, profile } from "./present.ts";
import type { AnyFailure } from "./problems.ts";
import { type Answer, callerRoute, type Route } from "./route.ts";

/** What the holder of a token may see and end. */
export const sessionRoutes: readonly Route[] = [
  callerRoute(
    { method: "POST", path: "/auth/logout", summary: "End this device's session" },
    async ({ gateway }, caller) => noContent(await logOut(gateway, caller)),
  ),
  callerRoute(
    { method: "GET", path: "/auth/sessions", summary: "List the user's sessions" },
    async ({ gateway }, { session, stored }): Promise<Answer> => {
      const { sessions } = prunedUserRecord(stored.record, gateway.runtime.now());
      const json = { sessions: sessions.map((entry) => presentSession(entry, session.sid)) };
      return ok({ status: 200, json });
    },
  ),
  callerRoute(
    {
      method: "DELETE",
      path: "/auth/sessions",
      summary: "End every session and forget every device",
    },
    async ({ gateway }, caller) => noContent(await revokeAllSessions(gateway, caller)),
  ),
  callerRoute(
    {
      method: "DELETE",
      path: "/auth/sessions/:sid",
      summary: "End one session and forget its device",
    },
    async ({ gateway, params }, caller) =>
      noContent(await revokeSession(gateway, caller, params["sid"] ?? "")),
  ),
  callerRoute(
    { method: "GET", path: "/auth/me", summary: "The user and the customer behind the token" },
    async ({ gateway }, { session, userKey }): Promise<Answer> => {
      const confirmed = await confirmSession(gateway, userKey, session);
      if (!confirmed.ok) return confirmed;
      const { customer, user } = confirmed.value;
      return ok({ status: 200, json: profile(customer, user) });
    },
  ),
];

const noContent = (ended: Result<void, AnyFailure>): Answer =>
  ended.ok ? ok({ status: 204 }) : ended;
