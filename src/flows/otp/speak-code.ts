import type { FailureOf } from "../../core/failure.ts";
import type { Locale } from "../../core/otp/message.ts";
import { type Challenge, challengeEndsAt } from "../../core/otp/phone-record.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { KeyPress } from "../../ports/sms.ts";
import type { Gateway } from "../gateway.ts";
import { readPhoneRecord } from "../state/change-record.ts";
import { readReference } from "./challenge-id.ts";
import { codeOf } from "./deliver-code.ts";

type SpeakCodePorts = Pick<Gateway, "audit" | "keyring" | "rules" | "runtime" | "state">;

/** The next words of a call; a null code: the code is over. */
export interface Spoken {
  readonly locale: Locale;
  readonly code: string | null;
}

/**
 * The code that a call may speak after a key press: a voicemail presses no key, and so records no
 * code. Only a call of ours to the code's own phone gets the code, and only while it can be used.
 */
export async function speakCode(
  gateway: SpeakCodePorts,
  { messageId, reference: text, to }: KeyPress,
): Promise<Result<Spoken, FailureOf<"not-owner">>> {
  const reference = await readReference(gateway, "voice", text);
  if (reference === null) return fail({ reason: "not-owner" });
  const { record } = await readPhoneRecord(gateway, reference.phoneKey);
  const challenge = await reference.in(record);
  if (challenge === null) return ok({ locale: "en", code: null });
  const { locale, phone } = challenge;
  if (phone !== to) return fail({ reason: "not-owner" });
  const isOpen = mayBeSpoken(challenge, gateway.runtime.now());
  const code = isOpen ? await codeOf(gateway, challenge) : null;
  if (code !== null) {
    const { phoneKey } = reference;
    gateway.audit.record({ name: "otp.spoken", phoneKey, ...(messageId && { messageId }) });
  }
  return ok({ locale, code });
}

function mayBeSpoken(challenge: Challenge, now: number): boolean {
  const { isCustomerPhone, provenAt, sends } = challenge;
  const isCalled = sends.some(({ channel }) => channel === "call");
  return (
    isCalled && isCustomerPhone === true && provenAt === null && challengeEndsAt(challenge) > now
  );
}
