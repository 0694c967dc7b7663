import {
  type AuthorizingSession,
  completeAuthorization,
  declineAuthorization,
} from "../../flows/oauth/complete-authorization.ts";
import { openedHint } from "../../flows/oauth/hint-for-address.ts";
import {
  type PendingAuthorization,
  readAuthorization,
} from "../../flows/oauth/pending-authorization.ts";
import { confirmSession } from "../../flows/sessions/confirm-link.ts";
import type { PageSession } from "../../flows/sessions/page-session.ts";
import { goTo, shown, wantedLanguage } from "../drawing.ts";
import type { PageCall, PageReply } from "../page-call.ts";
import { closedSession, sessionOf } from "../session.ts";
import { addressOf } from "../step-address.ts";
import { appView } from "../views/app-view.ts";
import { refused } from "./refused.ts";
import { endedStep, keptStep, makeRoom, newStep, type Step } from "./step.ts";
import { MAX_TYPED } from "./take-phone.ts";

/** An app sent the customer here: the request moves from the URL into a step. */
export async function beginForApp(call: PageCall, handle: string): Promise<PageReply | null> {
  const pending = await readAuthorization(call.gateway, handle);
  if (pending === null) return null;
  const hint = call.query.get("login_hint") ?? "";
  const opened = await openedHint(call.gateway, "login_hint", hint);
  const typed = (opened ?? hint).slice(0, MAX_TYPED);
  const step = { ...newStep(call, handle), typed };
  const cookies = [...(await makeRoom(call, step)), await keptStep(call, step)];
  return goTo(addressOf(step), [...cookies, ...wantedLanguage(call)]);
}

/** The app that waits for this step; null: none, or its request is too old. */
export const pendingOf = async (
  { gateway }: PageCall,
  { authorization }: Step,
): Promise<PendingAuthorization | null> =>
  authorization === null ? null : readAuthorization(gateway, authorization);

/**
 * After a login: to the app at once, or after a click where another program could pose as the app.
 */
export async function continueToApp(
  call: PageCall,
  step: Step,
  pending: PendingAuthorization,
  page: PageSession,
): Promise<PageReply> {
  if (!pending.needsConfirmation) return finish(call, step, pending, page, false);
  const { gateway, site } = call;
  const confirmed = await confirmSession(gateway, page.userKey, page.session);
  if (!confirmed.ok) return goTo(addressOf(step), closedSession(site), confirmed.failure);
  const { customer, user } = confirmed.value;
  const { client, formAction } = pending;
  const asked = {
    action: addressOf(step),
    app: client.name,
    said: step.said,
    area: customer?.area ?? "",
    name: customer?.name || user.name,
  };
  return shown(call, (drawing) => appView(drawing, asked), { formAction });
}

/** The customer's answer to "Continue to this app?". */
export async function takeAnswer(call: PageCall, step: Step): Promise<PageReply> {
  const pending = await pendingOf(call, step);
  if (pending === null) return goTo("/login", [endedStep(call, step)]);
  if (call.form["do"] === "decline") {
    return goTo(declineAuthorization(call.site.issuer, pending), [endedStep(call, step)]);
  }
  const page = await sessionOf(call);
  if (page === null) return refused(call, step, { reason: "token-invalid" });
  return finish(call, step, pending, page, true);
}

/** @returns the app's URL, with a code */
export async function finish(
  call: PageCall,
  step: Step,
  pending: PendingAuthorization,
  page: AuthorizingSession,
  confirmed: boolean,
): Promise<PageReply> {
  const { gateway, site } = call;
  const done = await completeAuthorization(gateway, site.issuer, pending, page, confirmed);
  if (done.ok) return goTo(done.value, [endedStep(call, step)]);
  const { failure } = done;
  // The step's own page asks for the click, or for a new login.
  return failure.reason === "confirmation-needed" || failure.reason === "login-needed"
    ? goTo(addressOf(step), [await keptStep(call, { ...step, code: null, selection: null })])
    : refused(call, step, failure);
}
