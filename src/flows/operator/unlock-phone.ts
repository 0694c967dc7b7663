import type { FailureOf } from "../../core/failure.ts";
import type { Phone } from "../../core/ids.ts";
import { type LaneState, unlocked } from "../../core/otp/phone-lock.ts";
import { parseTypedPhone } from "../../core/phone/phone.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { changePhoneRecord, readPhoneRecord } from "../state/change-record.ts";

type UnlockPhonePorts = Pick<Gateway, "audit" | "keyring" | "rules" | "runtime" | "state">;

export interface UnlockedPhone {
  readonly phone: Phone;
  /** The lanes that were or would be cleared, as they were before. */
  readonly lanes: readonly LaneState[];
}

/**
 * Forgives a phone its wrong codes and ends its lock; send budgets stay. For the operator.
 *
 * @param typed the phone as a person types it
 * @param apply false: only reports the lanes that would be cleared, and writes nothing
 */
export async function unlockPhone(
  gateway: UnlockPhonePorts,
  typed: string,
  apply: boolean,
): Promise<Result<UnlockedPhone, FailureOf<"phone-unsupported" | "rate-limited">>> {
  const { audit, keyring, rules, runtime } = gateway;
  const phone = parseTypedPhone(typed, rules.phone);
  if (phone === null) return fail({ reason: "phone-unsupported" });
  const phoneKey = await keyring.phoneKey(phone);
  if (!apply) {
    const { record } = await readPhoneRecord(gateway, phoneKey);
    return ok({ phone, lanes: unlocked(record, rules.challenge, runtime.now()).cleared });
  }
  const done = await changePhoneRecord(gateway, phoneKey, (before, now) => {
    const { cleared, record } = unlocked(before, rules.challenge, now);
    return { record, outcome: ok(cleared) };
  });
  if (!done.ok) return done;
  const { value: lanes } = done;
  if (lanes.length > 0) audit.record({ name: "phone.unlocked", by: "operator", phoneKey });
  return ok({ phone, lanes });
}
