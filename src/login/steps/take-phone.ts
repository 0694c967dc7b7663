import { localeFrom } from "../../core/otp/message.ts";
import { parseTypedPhone, shownPhone } from "../../core/phone/phone.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { type CodeSent, requestCode } from "../../flows/otp/request-code.ts";
import { goTo, wordsFor } from "../drawing.ts";
import type { PageCall, PageFailure, PageReply } from "../page-call.ts";
import { addressOf } from "../step-address.ts";
import { refused } from "./refused.ts";
import { type AskedCode, keptStep, makeRoom, newStep, type Step } from "./step.ts";

/** Longer than any phone, in any spelling. */
export const MAX_TYPED = 64;

/** The first form: a phone. The code step that follows has a URL and a cookie of its own. */
export async function takePhone(call: PageCall, held: Step | null): Promise<PageReply> {
  const typed = (call.form["phone"] ?? "").slice(0, MAX_TYPED + 1);
  const step: Step = { ...(held ?? newStep(call)), typed, code: null, selection: null, said: null };
  const asked = await askForCode(call, step, "sms");
  if (!asked.ok) return refused(call, step, asked.failure);
  const next = { ...step, code: asked.value };
  return goTo(addressOf(next), [...(await makeRoom(call, next)), await keptStep(call, next)]);
}

/**
 * Requests a code of its own for the step's phone. The answer and its time are the same for a known
 * and an unknown phone.
 */
export async function askForCode(
  call: PageCall,
  { typed }: Step,
  channel: AskedCode["channel"],
): Promise<Result<AskedCode, PageFailure>> {
  const { deviceToken, gateway, site, source } = call;
  const over = await call.overLimit("code-per-address");
  if (over !== null) return fail(over);
  const phone = parseTypedPhone(typed, gateway.rules.phone);
  if (phone === null) return fail({ reason: "phone-unsupported" });
  const sent = await requestCode(gateway, {
    phone: typed,
    channel,
    deviceToken,
    source,
    locale: localeFrom(gateway.rules.message.templates, wordsFor(call).language),
    host: site.publicUrl.hostname,
    // The browser reads the code here, also where an app opened the page.
    appHash: null,
    via: "api",
  });
  return sent.ok ? ok(askedCode(call, sent.value, shownPhone(phone))) : sent;
}

export function askedCode({ gateway }: PageCall, sent: CodeSent, phone: string): AskedCode {
  const now = gateway.runtime.now();
  const { challengeId, channel, expiresInSeconds, resendInSeconds } = sent;
  return {
    challengeId,
    channel,
    phone,
    resendAt: now + resendInSeconds * 1000,
    expiresAt: now + expiresInSeconds * 1000,
  };
}
