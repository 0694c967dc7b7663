import type { ClientSource } from "../../core/address/client-source.ts";
import type { FailureOf } from "../../core/failure.ts";
import type { Decision } from "../../core/otp/challenge.ts";
import type { Channel } from "../../core/otp/message.ts";
import type { PhoneRecord } from "../../core/otp/phone-record.ts";
import { resendChallenge, type SentChallenge } from "../../core/otp/send-code.ts";
import { activeTestPhone } from "../../core/otp/test-phone.ts";
import { fail, type Result } from "../../core/result.ts";
import { changePhoneRecord } from "../state/change-record.ts";
import { readReference } from "./challenge-id.ts";
import type { AskedMessage } from "./deliver-code.ts";
import { requireDirectory } from "./directory-health.ts";
import { guessSource } from "./guess-source.ts";
import type { LookUpPorts } from "./look-up.ts";
import { providerClosed } from "./provider-health.ts";
import { afterAnswer, answerFor, type CodeSent, messageFor } from "./request-code.ts";
import { roundedUp } from "./rounded-wait.ts";
import { type CeilingPorts, isStrangers, shareOnce, takeRequestShare } from "./service-ceilings.ts";
import { reserveLookUp } from "./waiting-look-ups.ts";

type ResendPorts = CeilingPorts & LookUpPorts;

type ResendFailure = FailureOf<
  "rate-limited" | "otp-rejected" | "otp-exhausted" | "sms-unavailable"
>;

/** A request for the same code once more. */
export interface ResendRequest extends Pick<AskedMessage, "appHash" | "host"> {
  readonly challengeId: string;
  /** Undefined: the channel of the last message. */
  readonly channel: Channel | undefined;
  readonly source: ClientSource;
}

/**
 * Sends the same code once more, within the waits of the channel and the budgets of the phone. The
 * message names the host of the page that asks for it, which may be another one than that of the
 * first message: the customer types the code there.
 */
export async function resendCode(
  gateway: ResendPorts,
  { challengeId, channel, source, ...asked }: ResendRequest,
): Promise<Result<CodeSent, ResendFailure>> {
  const { audit, rules } = gateway;
  const reference = await readReference(gateway, "challenge", challengeId);
  if (reference === null) return fail({ reason: "otp-rejected" });
  requireDirectory(gateway);
  const { phoneKey, handle } = reference;
  const from = await guessSource(gateway, phoneKey, source);
  // Taken once the record identifies the caller: a known device has a lane of its own.
  const share = shareOnce(gateway, () => takeRequestShare(gateway, source));
  const decide = async (
    record: PhoneRecord,
    now: number,
  ): Promise<Decision<SentChallenge, ResendFailure>> => {
    const challenge = await reference.in(record);
    if (challenge === null) return { record: null, outcome: fail({ reason: "otp-rejected" }) };
    const on = channel ?? challenge.sends.at(-1)?.channel ?? "sms";
    const closed = providerClosed(gateway);
    if (closed !== null) return { record: null, outcome: fail(closed) };
    const taken = isStrangers(gateway, challenge) ? await share.taken() : null;
    if (taken?.ok === false) return { record: null, outcome: taken };
    const free = activeTestPhone(rules.testPhones, challenge.phone, now) !== null;
    return resendChallenge(record, handle, on, rules.challenge, now, { free, from });
  };
  const place = reserveLookUp(gateway, source);
  if (!place.ok) return place;
  try {
    const sent = await share.unlessThrown(() => changePhoneRecord(gateway, phoneKey, decide));
    if (!sent.ok) return fail(roundedUp(sent.failure, rules.challenge));
    audit.record({ name: "otp.requested", phoneKey, detail: `${sent.value.channel} again` });
    afterAnswer(gateway, phoneKey, messageFor(sent.value, asked), null, place.value);
    return await answerFor(gateway, phoneKey, sent.value);
  } finally {
    place.value.releaseUnlessKept();
  }
}
