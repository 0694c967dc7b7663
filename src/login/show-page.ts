import { isNewEnough } from "../core/oauth/authorization-request.ts";
import { countryCodeOf } from "../core/phone/phone.ts";
import { readSelection } from "../flows/login/read-selection.ts";
import { chosenLanguage, goTo, shown } from "./drawing.ts";
import type { PageCall, PageReply } from "./page-call.ts";
import { type Said, saidOf } from "./said.ts";
import { sessionOf } from "./session.ts";
import { addressOf } from "./step-address.ts";
import { beginForApp, continueToApp, pendingOf } from "./steps/app.ts";
import { refused } from "./steps/refused.ts";
import { showSignedIn } from "./steps/signed-in.ts";
import { type AskedCode, readStep, type Step } from "./steps/step.ts";
import { withoutCode } from "./steps/take-code.ts";
import { choiceOf, choiceView } from "./views/choice-view.ts";
import { codeView } from "./views/code-view.ts";
import { type PhoneStep, phoneView } from "./views/phone-view.ts";

/** The first page: the field for the phone, or the signed-in customer. */
export async function showStart(call: PageCall): Promise<PageReply> {
  const chosen = chosenLanguage(call);
  if (chosen !== null) return chosen;
  const handle = call.query.get("authorization");
  const begun = handle === null ? null : await beginForApp(call, handle);
  if (begun !== null) return begun;
  const session = await sessionOf(call);
  if (session !== null) return showSignedIn(call, session);
  return showPhone(call, { action: "/login", typed: "", said: startSaid(call) });
}

/** The reason that brought the customer back to the start. */
function startSaid({ gateway, query, reference }: PageCall): Said | null {
  if (query.get("reason") !== "lost" && !query.has("authorization")) return null;
  return saidOf({ reason: "request-malformed" }, reference, gateway.runtime.now());
}

/** A step, any number of times: showing it sends nothing and counts nothing. */
export async function showStep(call: PageCall): Promise<PageReply> {
  const chosen = chosenLanguage(call);
  if (chosen !== null) return chosen;
  const step = await readStep(call);
  if (step === null) return (await sessionOf(call)) ? goTo("/login") : goTo("/login?reason=lost");
  const pending = await pendingOf(call, step);
  if (step.code === null && pending !== null) {
    const session = await sessionOf(call);
    if (session !== null && isNewEnough(pending, session.session)) {
      return continueToApp(call, step, pending, session);
    }
  }
  // Chromium checks the redirect after a form against this page's policy as well.
  const reply = await showForm(call, step);
  return pending === null ? reply : { ...reply, formAction: pending.formAction };
}

function showForm(call: PageCall, step: Step): Promise<PageReply> {
  const { code, said, selection, typed } = step;
  if (code === null) return showPhone(call, { action: addressOf(step), typed, said });
  return selection === null ? showCode(call, step, code) : showChoice(call, step, code, selection);
}

function showPhone(
  call: PageCall,
  form: Pick<PhoneStep, "action" | "typed" | "said">,
): Promise<PageReply> {
  const countryCode = countryCodeOf(call.gateway.rules.phone);
  const isSignedOut = form.said === null && call.query.get("reason") === "out";
  const step = { ...form, countryCode, isSignedOut };
  return shown(call, (drawing) => phoneView(drawing, step));
}

function showCode(call: PageCall, step: Step, code: AskedCode): Promise<PageReply> {
  const { gateway, reference } = call;
  const { channel, expiresAt, isAgain = false, phone, resendAt } = code;
  const now = gateway.runtime.now();
  const isOver = step.said === null && expiresAt <= now;
  const said = isOver ? saidOf({ reason: "otp-rejected" }, reference, now) : step.said;
  const { channels } = gateway.sender;
  const shownStep = { action: addressOf(step), phone, channel, channels, isAgain, resendAt, said };
  return shown(call, (drawing) => codeView(drawing, shownStep));
}

async function showChoice(
  call: PageCall,
  step: Step,
  { phone }: AskedCode,
  selection: string,
): Promise<PageReply> {
  const found = await readSelection(call.gateway, selection);
  if (!found.ok) return refused(call, withoutCode(step), found.failure);
  const choices = found.value.map(choiceOf);
  const { said } = step;
  const action = addressOf(step);
  return shown(call, (drawing) => choiceView(drawing, { action, phone, choices, said }));
}
