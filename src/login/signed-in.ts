import { prunedUserRecord } from "../core/sessions/user-record.ts";
import { confirmSession } from "../flows/sessions/confirm-link.ts";
import { logOut, revokeAllSessions, revokeSession } from "../flows/sessions/end-sessions.ts";
import type { PageSession } from "../flows/sessions/page-session.ts";
import { deviceWords } from "./device-words.ts";
import { goTo, shown } from "./drawing.ts";
import type { PageCall, PageReply } from "./page-call.ts";
import { saidOf } from "./said.ts";
import { closedSession, sessionOf } from "./session.ts";
import { signedInView } from "./views/signed-in-view.ts";

const ACTION = "/login/session";

/** The signed-in customer, and their other devices. */
export async function showSignedIn(call: PageCall, page: PageSession): Promise<PageReply> {
  const { gateway, reference, site } = call;
  const { session, stored, userKey } = page;
  const now = gateway.runtime.now();
  const confirmed = await confirmSession(gateway, userKey, session);
  if (!confirmed.ok) return goTo("/login", closedSession(site), confirmed.failure);
  const { customer, user } = confirmed.value;
  const { sessions } = prunedUserRecord(stored.record, now);
  const devices = sessions.toReversed().map(({ rotatedAt, sid, userAgent }) => ({
    ...{ sid, words: deviceWords(userAgent), lastUsedAt: rotatedAt, isThis: sid === session.sid },
  }));
  const said = call.query.get("reason") === "again" ? saidOf(BUSY, reference, now) : null;
  const { area, name } = customer;
  const who = { action: ACTION, name: name || user.name, area, devices, said };
  return shown(call, (drawing) => signedInView(drawing, { ...who, canSwitch: false }));
}

const BUSY = { reason: "rate-limited", retryAfterSeconds: 1, cause: "lost-race" } as const;

/** Ends this session, another one, or all of them. */
export async function takeSession(call: PageCall): Promise<PageReply> {
  const { form, gateway, site } = call;
  const page = await sessionOf(call);
  if (page === null) return goTo("/login", closedSession(site));
  if (form["do"] === "one") {
    const ended = await revokeSession(gateway, page, form["sid"] ?? "");
    // A session that has already ended needs no end.
    return ended.ok || ended.failure.reason === "not-found"
      ? goTo("/login")
      : goTo("/login?reason=again", [], ended.failure);
  }
  const isAll = form["do"] === "everywhere";
  const ended = isAll ? await revokeAllSessions(gateway, page) : await logOut(gateway, page);
  return ended.ok
    ? goTo("/login?reason=out", closedSession(site))
    : goTo("/login?reason=again", [], ended.failure);
}
