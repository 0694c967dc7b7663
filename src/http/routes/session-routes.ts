import { ok, type Result } from "../../core/result.ts";
import { prunedUserRecord } from "../../core/sessions/user-record.ts";
import { confirmSession } from "../../flows/sessions/confirm-link.ts";
import { logOut, revokeAllSessions, revokeSession } from "../../flows/sessions/end-sessions.ts";
import { callerRoute, type Route } from "../route.ts";
import { session as presentSession, profile } from "./present.ts";
import { profileShape, sessionsShape } from "./shapes.ts";

/** The routes for the holder of a token. */
export const sessionRoutes: readonly Route[] = [
  callerRoute(
    {
      method: "POST",
      path: "/auth/logout",
      tag: "sessions",
      summary: "End this device's session",
      answers: { 204: null },
      problems: ["rate-limited"],
    },
    async ({ gateway }, caller) => noContent(await logOut(gateway, caller)),
  ),
  callerRoute(
    {
      method: "GET",
      path: "/auth/sessions",
      tag: "sessions",
      summary: "List the user's sessions",
      answers: { 200: sessionsShape },
    },
    async ({ gateway }, { session, stored }) => {
      const { sessions } = prunedUserRecord(stored.record, gateway.runtime.now());
      const json = { sessions: sessions.map((entry) => presentSession(entry, session.sid)) };
      return ok({ status: 200, json });
    },
  ),
  callerRoute(
    {
      method: "DELETE",
      path: "/auth/sessions",
      tag: "sessions",
      summary: "End every session and forget every device",
      answers: { 204: null },
      problems: ["rate-limited"],
    },
    async ({ gateway }, caller) => noContent(await revokeAllSessions(gateway, caller)),
  ),
  callerRoute(
    {
      method: "DELETE",
      path: "/auth/sessions/:sid",
      tag: "sessions",
      summary: "End one session and forget its device",
      answers: { 204: null },
      problems: ["not-found", "rate-limited"],
    },
    async ({ gateway, params }, caller) =>
      noContent(await revokeSession(gateway, caller, params["sid"] ?? "")),
  ),
  callerRoute(
    {
      method: "GET",
      path: "/auth/me",
      tag: "sessions",
      summary: "The user and the customer behind the token",
      answers: { 200: profileShape },
      problems: ["customer-stopped", "user-inactive"],
    },
    async ({ gateway }, { session, userKey }) => {
      const confirmed = await confirmSession(gateway, userKey, session);
      if (!confirmed.ok) return confirmed;
      const { customer, user } = confirmed.value;
      return ok({ status: 200, json: profile(customer, user) });
    },
  ),
];

const noContent = <Failure>(ended: Result<void, Failure>) =>
  ended.ok ? ok({ status: 204 } as const) : ended;
