import type { ClientSource } from "../../core/client-source.ts";
import type { FailureOf } from "../../core/failure.ts";
import { type Decision, resendChallenge, type SentChallenge } from "../../core/otp/challenge.ts";
import type { Channel } from "../../core/otp/message.ts";
import type { PhoneRecord } from "../../core/otp/phone-record.ts";
import { fail, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { changePhoneRecord } from "../state/change-record.ts";
import { readReference } from "./challenge-id.ts";
import { answerFor, type CodeSent, deliverOrSearch, sendingClosed } from "./request-code.ts";
import { once, takeRequestShare } from "./service-ceilings.ts";

type ResendFailure = FailureOf<
  "rate-limited" | "otp-rejected" | "otp-exhausted" | "sms-unavailable"
>;

/** The same code once more, within the waits of the channel and the budgets of the phone. */
export async function resendCode(
  gateway: Gateway,
  challengeId: string,
  channel: Channel | undefined,
  source: ClientSource,
): Promise<Result<CodeSent, ResendFailure>> {
  const { audit, rules, runtime } = gateway;
  const reference = await readReference(gateway, "challenge", challengeId);
  if (reference === null) return fail({ reason: "otp-rejected" });
  const { phoneKey, handle } = reference;
  // Taken once, however often a lost race makes the decision run again.
  const take = once(() => takeRequestShare(gateway, source));
  const decide = async (
    record: PhoneRecord,
    now: number,
  ): Promise<Decision<SentChallenge, ResendFailure>> => {
    const challenge = await reference.in(record);
    if (challenge === null) return { record: null, outcome: fail({ reason: "otp-rejected" }) };
    const on = channel ?? challenge.sends.at(-1)?.channel ?? "sms";
    const closed = sendingClosed(gateway, on);
    if (closed !== null) return { record: null, outcome: fail(closed) };
    const share = challenge.lane === null ? await take() : null;
    if (share?.ok === false) return { record: null, outcome: share };
    return resendChallenge(record, handle, on, rules.challenge, now);
  };
  const sent = await changePhoneRecord(gateway, phoneKey, decide);
  if (!sent.ok) return sent;
  audit.record({ name: "otp.requested", phoneKey, detail: `${sent.value.channel} again` });
  runtime.defer("deliver-code", () => deliverOrSearch(gateway, phoneKey, sent.value));
  return answerFor(gateway, phoneKey, sent.value);
}
