import type { ClientSource } from "../../core/client-source.ts";
import type { FailureOf } from "../../core/failure.ts";
import type { PhoneKey } from "../../core/ids.ts";
import { tryCode } from "../../core/otp/challenge.ts";
import { readTypedCode, sameCode } from "../../core/otp/code.ts";
import type { Challenge, PhoneRecord } from "../../core/otp/phone-record.ts";
import type { FoundChallenge } from "../../core/otp/shared-code.ts";
import { activeTestPhone } from "../../core/otp/test-phone.ts";
import { fail, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { changePhoneRecord } from "../state/change-record.ts";
import { codeOf } from "./deliver-code.ts";
import { guessSource } from "./guess-source.ts";
import { spend } from "./service-budget.ts";

export type ProofFailure = FailureOf<"rate-limited" | "otp-rejected" | "otp-exhausted">;

/** Which challenge of the phone's record a code is tried against; null: none that may be. */
type PickChallenge = (
  record: PhoneRecord,
  now: number,
) => FoundChallenge | null | Promise<FoundChallenge | null>;

const REJECTED = { reason: "otp-rejected" } as const;

/** Tries a code. Right: the phone is proven. Wrong: counted before the answer leaves. */
export async function proveCode(
  gateway: Gateway,
  phoneKey: PhoneKey,
  shown: { readonly code: string; readonly source: ClientSource },
  pick: PickChallenge,
): Promise<Result<Challenge, ProofFailure>> {
  const { rules, runtime } = gateway;
  const source = await guessSource(gateway, phoneKey, shown.source);
  const proven = await changePhoneRecord(gateway, phoneKey, async (record, now) => {
    const found = await pick(record, now);
    if (found === null) return { record: null, outcome: fail(REJECTED) };
    const code = await codeOf(gateway, found.challenge);
    const correct = code !== null && sameCode(code, readTypedCode(shown.code) ?? "");
    return tryCode(record, found.handle, correct, rules.challenge, now, source);
  });
  if (proven.ok) {
    runtime.defer("report-shown", () => reportShown(gateway, proven.value));
    return proven;
  }
  auditRefusedCode(gateway, phoneKey, proven.failure);
  if (wasCounted(proven.failure)) {
    runtime.defer("count-failure", async () => {
      await spend(gateway, "failures-per-service");
    });
  }
  return proven;
}

/** A provider that carried nothing, as for a test phone, has nothing to hear of. */
async function reportShown({ rules, runtime, sender }: Gateway, { phone }: Challenge) {
  const isTest = activeTestPhone(rules.testPhones, phone, runtime.now()) !== null;
  if (!isTest) await sender.reportShown(phone);
}

const wasCounted = (failure: ProofFailure): boolean =>
  failure.reason === "otp-rejected" && failure.attemptsRemaining !== undefined;

function auditRefusedCode({ audit }: Gateway, phoneKey: PhoneKey, failure: ProofFailure): void {
  if (failure.reason !== "rate-limited") {
    const name = failure.reason === "otp-exhausted" ? "otp.exhausted" : "otp.rejected";
    audit.record({ name, phoneKey });
    if (failure.reason === "otp-rejected" && failure.locked) {
      audit.record({ name: "phone.locked", phoneKey });
    }
  } else if (failure.cause === "phone-locked" || failure.cause === "source-guesses") {
    const detail = failure.cause === "phone-locked" ? "locked" : "guesses of one source";
    audit.record({ name: "otp.rejected", phoneKey, detail });
  }
}
