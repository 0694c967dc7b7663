import type { ClientSource } from "../../core/address/client-source.ts";
import type { FailureOf } from "../../core/failure.ts";
import type { PhoneKey } from "../../core/ids.ts";
import { type Decision, endTry, openTry } from "../../core/otp/challenge.ts";
import { readTypedCode, sameCode } from "../../core/otp/code.ts";
import type { Challenge, PhoneRecord } from "../../core/otp/phone-record.ts";
import type { FoundChallenge } from "../../core/otp/shared-code.ts";
import { activeTestPhone } from "../../core/otp/test-phone.ts";
import { fail, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { changePhoneRecord, type RecordPorts } from "../state/change-record.ts";
import { codeOf } from "./deliver-code.ts";
import { guessSource } from "./guess-source.ts";
import { type CeilingPorts, isStrangers, shareOnce, takeTryShare } from "./service-ceilings.ts";

/** The ports of a tried code. */
export type ProveCodePorts = CeilingPorts &
  RecordPorts &
  Pick<Gateway, "keyring" | "rules" | "sender">;

interface TriedCode {
  readonly code: string;
  readonly source: ClientSource;
}

export type ProofFailure = FailureOf<"rate-limited" | "otp-rejected" | "otp-exhausted">;

/** Picks the challenge of the phone's record that a code is tried against; null: none. */
type PickChallenge = (
  record: PhoneRecord,
  now: number,
) => FoundChallenge | null | Promise<FoundChallenge | null>;

const REJECTED = { reason: "otp-rejected" } as const;

/**
 * Tries a code. A right code proves the phone. A wrong code is counted before the answer leaves.
 *
 * A stranger's try takes its share of the service's ceiling directly before the comparison. A try
 * without a comparison takes none: on an unknown challenge, on a known device's lane, on a test
 * phone, or refused by the phone's own rules. Many such tries at once, each with a share for a
 * moment, would fill the window.
 */
export async function proveCode(
  gateway: ProveCodePorts,
  phoneKey: PhoneKey,
  shown: TriedCode,
  pick: PickChallenge,
): Promise<Result<Challenge, ProofFailure>> {
  const { rules, runtime } = gateway;
  const share = shareOnce(gateway, () => takeTryShare(gateway, shown.source));
  const source = await guessSource(gateway, phoneKey, shown.source);
  let isWrong = false;
  const decide = async (
    record: PhoneRecord,
    now: number,
  ): Promise<Decision<Challenge, ProofFailure>> => {
    isWrong = false;
    const found = await pick(record, now);
    if (found === null) return { record: null, outcome: fail(REJECTED) };
    const { challenge, handle } = found;
    const opened = openTry(record, handle, rules.challenge, now, source);
    if (!opened.ok) return { record: null, outcome: opened };
    const taken = isStrangers(gateway, challenge) ? await share.taken() : null;
    if (taken?.ok === false) return { record: null, outcome: taken };
    const code = await codeOf(gateway, challenge);
    const correct = code !== null && sameCode(code, readTypedCode(shown.code) ?? "");
    const decision = endTry(opened.value, handle, correct, rules.challenge, now, source);
    isWrong = !decision.outcome.ok && decision.record !== null;
    return decision;
  };
  const proven = await share.unlessThrown(() => changePhoneRecord(gateway, phoneKey, decide));
  // Only a wrong code that was counted keeps its share: no right one, and no try that lost a race.
  if (!isWrong || isLostRace(proven)) await share.giveBack();
  if (proven.ok) {
    runtime.defer("note-proof", () => noteProof(gateway, proven.value, shown.source));
    return proven;
  }
  auditRefusedCode(gateway, phoneKey, proven.failure);
  return proven;
}

const isLostRace = (proven: Result<Challenge, ProofFailure>): boolean =>
  !proven.ok && proven.failure.reason === "rate-limited" && proven.failure.cause === "lost-race";

/**
 * Tells the provider that its message arrived, and records the network as proven. Not for a test
 * phone: no message was sent, and anyone who knows its code could make any network a proven one.
 */
async function noteProof(
  { ceilings, rules, runtime, sender }: ProveCodePorts,
  { phone }: Challenge,
  { network }: ClientSource,
): Promise<void> {
  if (activeTestPhone(rules.testPhones, phone, runtime.now()) !== null) return;
  await Promise.all([sender.reportShown(phone), ceilings.noteProven(network)]);
}

function auditRefusedCode(
  { audit }: Pick<Gateway, "audit">,
  phoneKey: PhoneKey,
  failure: ProofFailure,
): void {
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
