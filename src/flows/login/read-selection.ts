import type { FailureOf } from "../../core/failure.ts";
import type { Customer } from "../../core/linking/documents.ts";
import { isProven } from "../../core/otp/phone-record.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { findCustomersOf } from "../linking/find-customers.ts";
import { readReference } from "../otp/challenge-id.ts";
import { readPhoneRecord } from "../state/change-record.ts";
import { choicesOf } from "./verify-code.ts";

/** The customers that a selection token may choose from, for a page that is drawn again. */
export async function readSelection(
  gateway: Gateway,
  selectionToken: string,
): Promise<Result<readonly Customer[], FailureOf<"otp-rejected">>> {
  const reference = await readReference(gateway, "selection", selectionToken);
  if (reference === null) return fail({ reason: "otp-rejected" });
  const { record } = await readPhoneRecord(gateway, reference.phoneKey);
  const challenge = await reference.in(record);
  if (challenge === null || !isProven(challenge, gateway.runtime.now())) {
    return fail({ reason: "otp-rejected" });
  }
  return ok(choicesOf(await findCustomersOf(gateway, challenge.phone, challenge.found)));
}
