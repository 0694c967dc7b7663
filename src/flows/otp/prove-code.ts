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
import { changePhoneRecord, type RecordPorts } from "../state/change-record.ts";
import { codeOf } from "./deliver-code.ts";
import { guessSource } from "./guess-source.ts";
import { type CeilingPorts, type Taking, takeTryShare } from "./service-ceilings.ts";

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
 * Tries a code. A stranger's try counts against the service's ceiling before the comparison, and is
 * given back if the code is right. A right code proves the phone. A wrong code is counted before
 * the answer leaves.
 */
export async function proveCode(
  gateway: ProveCodePorts,
  phoneKey: PhoneKey,
  shown: TriedCode,
  pick: PickChallenge,
): Promise<Result<Challenge, ProofFailure>> {
  const { runtime } = gateway;
  const taking = takeTryShare(gateway, shown.source);
  let counts = false;
  try {
    const { isStrangers, proven } = await compare(gateway, phoneKey, shown, pick, taking);
    counts = isStrangers && !proven.ok;
    if (!proven.ok) auditRefusedCode(gateway, phoneKey, proven.failure);
    else runtime.defer("note-proof", () => noteProof(gateway, proven.value, shown.source));
    return proven;
  } finally {
    if (!counts) taking.giveBack();
  }
}

async function compare(
  gateway: ProveCodePorts,
  phoneKey: PhoneKey,
  shown: TriedCode,
  pick: PickChallenge,
  taking: Taking<FailureOf<"rate-limited">>,
): Promise<{ readonly isStrangers: boolean; readonly proven: Result<Challenge, ProofFailure> }> {
  const { rules } = gateway;
  let isStrangers = false;
  const source = await guessSource(gateway, phoneKey, shown.source);
  const proven = await changePhoneRecord(gateway, phoneKey, async (record, now) => {
    const found = await pick(record, now);
    if (found === null) return { record: null, outcome: fail(REJECTED) };
    const { lane, phone } = found.challenge;
    isStrangers = lane === null && activeTestPhone(rules.testPhones, phone, now) === null;
    const taken = isStrangers ? await taking.verdict() : null;
    if (taken?.ok === false) return { record: null, outcome: taken };
    const code = await codeOf(gateway, found.challenge);
    const correct = code !== null && sameCode(code, readTypedCode(shown.code) ?? "");
    return tryCode(record, found.handle, correct, rules.challenge, now, source);
  });
  return { isStrangers, proven };
}

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
