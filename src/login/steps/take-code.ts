import { readTypedCode } from "../../core/otp/code.ts";
import type { Channel } from "../../core/otp/message.ts";
import { selectCustomer } from "../../flows/login/select-customer.ts";
import { verifyCode } from "../../flows/login/verify-code.ts";
import { resendCode } from "../../flows/otp/resend-code.ts";
import { goTo } from "../drawing.ts";
import type { PageCall, PageReply } from "../page-call.ts";
import { addressOf } from "../step-address.ts";
import { enter, startFor } from "./enter.ts";
import { refused, saying } from "./refused.ts";
import { type AskedCode, keptStep, type Step } from "./step.ts";
import { askedCode, askForCode } from "./take-phone.ts";

/** A step with a requested code. */
export type CodeStep = Step & { readonly code: AskedCode };

/**
 * The second form: a code. A right code signs in, or leads to the choice of the phone's customers.
 */
export async function takeCode(call: PageCall, step: CodeStep): Promise<PageReply> {
  const { form, gateway, reference, source } = call;
  const code = form["code"] ?? "";
  // A typing slip costs no try; its answer reveals nothing about the code.
  if (readTypedCode(code) === null) {
    return saying(call, step, { problem: "notSixDigits", reference });
  }
  const over = await call.overLimit("verify-per-address");
  if (over !== null) return refused(call, step, over);
  const shown = { code, source, userAgent: call.header("user-agent") ?? "" };
  const { challengeId } = step.code;
  const verified = await verifyCode(gateway, challengeId, shown, startFor(call, step));
  if (!verified.ok) return refused(call, step, verified.failure);
  if (!("selectionToken" in verified.value)) return enter(call, step, verified.value);
  const next = { ...step, selection: verified.value.selectionToken, said: null };
  return goTo(addressOf(next), [await keptStep(call, next)]);
}

/** The choice of a family: the customer who signs in. */
export async function takeCustomer(
  call: PageCall,
  step: Step,
  selection: string,
): Promise<PageReply> {
  const over = await call.overLimit("verify-per-address");
  if (over !== null) return refused(call, step, over);
  const customer = call.form["customer"] ?? "";
  const userAgent = call.header("user-agent") ?? "";
  const start = startFor(call, step);
  const login = await selectCustomer(call.gateway, selection, customer, userAgent, start);
  if (login.ok) return enter(call, step, login.value);
  // An expired proof leads back to the phone; an impossible choice leads back to the choice.
  const left = login.failure.reason === "otp-rejected" ? withoutCode(step) : step;
  return refused(call, left, login.failure);
}

/**
 * Sends the same code once more, or on another channel. Where the code is over, a new one: the
 * customer asks for a message and need not know the difference.
 */
export async function sendAgain(
  call: PageCall,
  step: CodeStep,
  channel: Channel,
): Promise<PageReply> {
  const { gateway, site, source } = call;
  if (!gateway.sender.channels.includes(channel)) {
    return saying(call, step, {
      problem: "channelUnavailable",
      reference: call.reference,
    });
  }
  const over = await call.overLimit("code-per-address");
  if (over !== null) return refused(call, step, over);
  const { challengeId } = step.code;
  const message = { channel, host: site.publicUrl.hostname, appHash: null };
  const sent = await resendCode(gateway, { ...message, challengeId, source });
  if (sent.ok) return withMessage(call, step, askedCode(call, sent.value, step.code.phone));
  const isOver = sent.failure.reason === "otp-rejected" || sent.failure.reason === "otp-exhausted";
  if (!isOver) return refused(call, step, sent.failure);
  const asked = await askForCode(call, step, channel);
  return asked.ok ? withMessage(call, step, asked.value) : refused(call, step, asked.failure);
}

async function withMessage(call: PageCall, step: Step, code: AskedCode): Promise<PageReply> {
  const next = { ...step, code: { ...code, isAgain: true } as const, said: null };
  return goTo(addressOf(next), [await keptStep(call, next)]);
}

export const withoutCode = (step: Step): Step => ({
  ...step,
  code: null,
  selection: null,
  said: null,
});

/** Back to the phone, which is still in its field. */
export async function changeNumber(call: PageCall, step: Step): Promise<PageReply> {
  const next = withoutCode(step);
  return goTo(addressOf(next), [await keptStep(call, next)]);
}
