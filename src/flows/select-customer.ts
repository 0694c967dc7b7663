import { chooseCustomer } from "../core/challenge.ts";
import type { FailureOf } from "../core/failure.ts";
import type { CustomerId } from "../core/ids.ts";
import { isProven } from "../core/phone-record.ts";
import { fail, type Result } from "../core/result.ts";
import { readReference } from "./challenge-id.ts";
import { changePhoneRecord, readPhoneRecord } from "./change-record.ts";
import { findCustomersOf } from "./find-customers.ts";
import type { Gateway } from "./gateway.ts";
import { type LoggedIn, type LoginFailure, linkForLogin, startSession } from "./log-in.ts";

/**
 * The owner of a proven phone says which of its customers logs in. The choice is fixed only after
 * the link stands, so that a customer who cannot log in does not use up the proof; once fixed, it
 * stands, so that one proof never gives two sessions.
 */
export async function selectCustomer(
  gateway: Gateway,
  selectionToken: string,
  customerId: string,
  userAgent: string,
): Promise<Result<LoggedIn, LoginFailure | FailureOf<"not-owner">>> {
  const chosen = customerId as CustomerId;
  const reference = await readReference(gateway, "selection", selectionToken);
  if (reference === null) return fail({ reason: "otp-rejected" });
  const { phoneKey, handle } = reference;
  const challenge = await reference.in(await readPhoneRecord(gateway, phoneKey));
  const now = gateway.runtime.now();
  if (challenge === null || !isProven(challenge, now)) return fail({ reason: "otp-rejected" });
  const customers = await findCustomersOf(gateway, challenge.phone, challenge.found);
  if (!customers.some(({ id }) => id === chosen)) return fail({ reason: "not-owner" });
  const login = { phoneKey, challenge, userAgent };
  const linked = await linkForLogin(gateway, login, chosen, customers);
  if (!linked.ok) return linked;
  const fixed = await changePhoneRecord(gateway, phoneKey, (record, at) =>
    chooseCustomer(record, handle, chosen, gateway.rules.challenge, at),
  );
  return fixed.ok ? startSession(gateway, login, linked.value) : fixed;
}
