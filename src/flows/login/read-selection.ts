import type { FailureOf } from "../../core/failure.ts";
import type { Customer } from "../../core/linking/documents.ts";
import { isProven } from "../../core/otp/phone-record.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { findCustomersOf } from "../linking/find-customers.ts";
import { readReference } from "../otp/challenge-id.ts";
import { readPhoneRecord } from "../state/change-record.ts";
import { chooseAmong } from "./choose-customer.ts";
import type { LogInPorts, LoginFailure } from "./log-in.ts";

/** The customers that a selection token may choose from, for a page that is shown again. */
export async function readSelection(
  gateway: LogInPorts,
  selectionToken: string,
): Promise<Result<readonly Customer[], LoginFailure>> {
  const reference = await readReference(gateway, "selection", selectionToken);
  if (reference === null) return fail(REJECTED);
  const { phoneKey } = reference;
  const { record } = await readPhoneRecord(gateway, phoneKey);
  const challenge = await reference.in(record);
  if (challenge === null || !isProven(challenge, gateway.runtime.now())) return fail(REJECTED);
  const { found, phone } = challenge;
  const customers = await findCustomersOf(gateway, phone, found);
  if (customers.length === 0) return fail(REJECTED);
  const choice = await chooseAmong(gateway, { phone, phoneKey }, customers);
  if (!choice.ok) return choice;
  const { value } = choice;
  if (value.kind === "several") return ok(value.customers);
  return ok(customers.filter(({ id }) => id === value.customerId));
}

const REJECTED: FailureOf<"otp-rejected"> = { reason: "otp-rejected" };
