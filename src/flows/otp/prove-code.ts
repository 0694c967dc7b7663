import type { ClientSource } from "../../core/client-source.ts";
import type { FailureOf } from "../../core/failure.ts";
import type { PhoneKey } from "../../core/ids.ts";
import { tryCode } from "../../core/otp/challenge.ts";
import { readTypedCode, sameCode } from "../../core/otp/code.ts";
import type { Challenge, PhoneRecord } from "../../core/otp/phone-record.ts";
import { activeTestPhone } from "../../core/otp/test-phone.ts";
import { fail, type Result } from "../../core/result.ts";
import type { CeilingShare } from "../../ports/ceilings.ts";
import type { Gateway } from "../gateway.ts";
import { changePhoneRecord } from "../state/change-record.ts";
import { codeOf } from "./deliver-code.ts";
import { giveBackShare, once, takeTryShare } from "./service-ceilings.ts";

export type ProofFailure = FailureOf<"rate-limited" | "otp-rejected" | "otp-exhausted">;

/** Which challenge of the phone's record a code is tried against; null: none that may be. */
type PickChallenge = (
  record: PhoneRecord,
  now: number,
) => Challenge | null | Promise<Challenge | null>;

const REJECTED = { reason: "otp-rejected" } as const;

/** A code as somebody typed it. */
export interface TypedCode {
  readonly code: string;
  readonly source: ClientSource;
}

/**
 * Tries a code. A stranger's is counted against the service's ceiling before it is compared, and
 * given back where it is right. Right: the phone is proven. Wrong: counted before the answer leaves.
 */
export async function proveCode(
  gateway: Gateway,
  phoneKey: PhoneKey,
  { code: typed, source }: TypedCode,
  pick: PickChallenge,
): Promise<Result<Challenge, ProofFailure>> {
  const { rules, runtime } = gateway;
  // Taken once, however often a lost race makes the decision run again.
  const take = once(() => takeTryShare(gateway, source));
  let share: CeilingShare | null = null;
  const proven = await changePhoneRecord(gateway, phoneKey, async (record, now) => {
    const challenge = await pick(record, now);
    if (challenge === null) return { record: null, outcome: fail(REJECTED) };
    if (challenge.lane === null) {
      const taken = await take();
      if (!taken.ok) return { record: null, outcome: taken };
      share = taken.value;
    }
    const code = await codeOf(gateway, challenge);
    const correct = code !== null && sameCode(code, readTypedCode(typed) ?? "");
    return tryCode(record, challenge.handle, correct, rules.challenge, now);
  });
  if (proven.ok) {
    if (share !== null) giveBackShare(gateway, share);
    runtime.defer("note-proof", () => noteProof(gateway, proven.value, source));
    return proven;
  }
  auditRefusedCode(gateway, phoneKey, proven.failure);
  return proven;
}

/**
 * Tells the provider that its message arrived, and notes the network. Not for a test phone: nothing
 * was sent, and whoever has read its code would make any network a proven one.
 */
async function noteProof(
  { ceilings, rules, runtime, sender }: Gateway,
  { phone }: Challenge,
  { network }: ClientSource,
): Promise<void> {
  if (activeTestPhone(rules.testPhones, phone, runtime.now()) !== null) return;
  await Promise.all([sender.reportShown(phone), ceilings.noteProven(network)]);
}

function auditRefusedCode({ audit }: Gateway, phoneKey: PhoneKey, failure: ProofFailure): void {
  if (failure.reason !== "rate-limited") {
    const name = failure.reason === "otp-exhausted" ? "otp.exhausted" : "otp.rejected";
    audit.record({ name, phoneKey });
    if (failure.reason === "otp-rejected" && failure.locked) {
      audit.record({ name: "phone.locked", phoneKey });
    }
  } else if (failure.cause === "phone-locked") {
    audit.record({ name: "otp.rejected", phoneKey, detail: "locked" });
  }
}
