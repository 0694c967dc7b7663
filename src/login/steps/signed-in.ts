import type { Customer } from "../../core/linking/documents.ts";
import { formActionOf } from "../../core/oauth/redirect-uri.ts";
import { prunedUserRecord } from "../../core/sessions/user-record.ts";
import { switchableCustomers, switchCustomer } from "../../flows/login/switch-customer.ts";
import { confirmSession } from "../../flows/sessions/confirm-link.ts";
import { logOut, revokeAllSessions, revokeSession } from "../../flows/sessions/end-sessions.ts";
import type { PageSession } from "../../flows/sessions/page-session.ts";
import { deviceWords } from "../device-words.ts";
import { goTo, shown } from "../drawing.ts";
import type { PageCall, PageReply } from "../page-call.ts";
import { closedSession, openedSession, sessionOf, signedOut } from "../session.ts";
import { type Choice, choiceOf } from "../views/choice-view.ts";
import { signedInView } from "../views/signed-in-view.ts";
import { askedOut, askedOutNoMore } from "./asked-out.ts";
import { refusedHere, saidHere, saidNoMore } from "./refused-here.ts";

const ACTION = "/login/session";

/** The signed-in customer, and their other devices. */
export async function showSignedIn(call: PageCall, page: PageSession): Promise<PageReply> {
  const { gateway, site } = call;
  const { session, stored, userKey } = page;
  const now = gateway.runtime.now();
  const confirmed = await confirmSession(gateway, userKey, session);
  if (!confirmed.ok) return goTo("/login", closedSession(site), confirmed.failure);
  const { customer, user } = confirmed.value;
  const { sessions } = prunedUserRecord(stored.record, now);
  const devices = sessions.toReversed().map(({ rotatedAt, sid, userAgent }) => ({
    sid,
    words: deviceWords(userAgent),
    lastUsedAt: rotatedAt,
    isThis: sid === session.sid,
  }));
  const said = await saidHere(call, page);
  const others = await othersOf(call, page, customer);
  const area = customer?.area ?? "";
  const name = customer?.name || user.name;
  const asked = await askedOut(call, page);
  const who = { action: ACTION, name, area, devices, others, said, askedBy: asked?.app ?? null };
  // Chromium checks the redirect after the form against this page's policy as well.
  const more = asked?.back ? { formAction: formActionOf(asked.back) } : {};
  return shown(call, (drawing) => signedInView(drawing, who), more);
}

/** The customers that this browser may switch to. */
async function othersOf(
  { gateway }: PageCall,
  page: PageSession,
  customer: Customer | null,
): Promise<readonly Choice[]> {
  if (customer === null) return [];
  const customers = await switchableCustomers(gateway, page, customer);
  return customers.filter(({ id }) => id !== page.session.customerId).map(choiceOf);
}

/** Ends this session, another one, or all of them. */
export async function takeSession(call: PageCall): Promise<PageReply> {
  const { form, gateway, site } = call;
  const page = await sessionOf(call);
  if (page === null) return goTo("/login", closedSession(site));
  if (form["do"] === "one") {
    const ended = await revokeSession(gateway, page, form["sid"] ?? "");
    // A session that has already ended needs no end.
    return ended.ok || ended.failure.reason === "not-found"
      ? goTo("/login", saidNoMore(call))
      : refusedHere(call, page, ended.failure);
  }
  if (form["do"] === "switch") return takeSwitch(call, page);
  const isAll = form["do"] === "everywhere";
  const ended = isAll ? await revokeAllSessions(gateway, page) : await logOut(gateway, page);
  if (!ended.ok) return refusedHere(call, page, ended.failure);
  const asked = await askedOut(call, page);
  const cookies = [...signedOut(site), ...saidNoMore(call), ...askedOutNoMore(call)];
  return goTo(asked?.back ?? "/login?reason=out", cookies);
}

/** Another customer of the same phone. A refused switch leaves the browser signed in as before. */
async function takeSwitch(call: PageCall, page: PageSession): Promise<PageReply> {
  const { form, gateway, header, site } = call;
  const over = await call.overLimit("verify-per-address");
  if (over !== null) return refusedHere(call, page, over);
  const userAgent = header("user-agent") ?? "";
  const switched = await switchCustomer(gateway, page, form["customer"] ?? "", userAgent);
  return switched.ok
    ? goTo("/login", [...openedSession(site, switched.value), ...saidNoMore(call)])
    : refusedHere(call, page, switched.failure);
}
