import type { FailureOf } from "../../core/failure.ts";
import type { CustomerId, UserId } from "../../core/ids.ts";
import type { Customer } from "../../core/linking/documents.ts";
import { chooseCustomer } from "../../core/otp/challenge.ts";
import { type Challenge, isProven, type PhoneRecord } from "../../core/otp/phone-record.ts";
import { fail, type Result } from "../../core/result.ts";
import { findCustomersOf } from "../linking/find-customers.ts";
import { readReference } from "../otp/challenge-id.ts";
import {
  changePhoneRecord,
  readPhoneRecord,
  readUserRecord,
  type Stored,
} from "../state/change-record.ts";
import {
  type LogInPorts,
  type LoginContext,
  type LoginFailure,
  linkForLogin,
  type StartSession,
} from "./log-in.ts";

/**
 * The owner of a proven phone chooses one of its customers.
 *
 * @param start makes the login's session
 */
export async function selectCustomer<Started, Ports extends LogInPorts>(
  gateway: Ports,
  selectionToken: string,
  customerId: string,
  userAgent: string,
  start: StartSession<Started, Ports>,
): Promise<Result<Started, LoginFailure | FailureOf<"not-owner">>> {
  const chosen = customerId as CustomerId;
  const reference = await readReference(gateway, "selection", selectionToken);
  if (reference === null) return fail({ reason: "otp-rejected" });
  const { phoneKey } = reference;
  const stored = await readPhoneRecord(gateway, phoneKey);
  const challenge = await reference.in(stored.record);
  const now = gateway.runtime.now();
  if (challenge === null || !isProven(challenge, now)) return fail({ reason: "otp-rejected" });
  const customers = await findCustomersOf(gateway, challenge.phone, challenge.found);
  if (!customers.some(({ id }) => id === chosen)) return fail({ reason: "not-owner" });
  const login = { phoneKey, challenge, userAgent };
  return startAsChosen(gateway, login, chosen, customers, start, stored);
}

/**
 * Logs in as one of several customers of a proven phone. The choice is stored only after the link
 * stands, so that a customer who cannot log in does not use up the proof. A stored choice is final,
 * so that one proof never gives two sessions.
 *
 * @param customers all customers of the phone
 * @param stored the phone's record, where it was read already
 */
export async function startAsChosen<Started, Ports extends LogInPorts>(
  gateway: Ports,
  login: LoginContext,
  chosen: CustomerId,
  customers: readonly Customer[],
  start: StartSession<Started, Ports>,
  stored?: Stored<PhoneRecord>,
): Promise<Result<Started, LoginFailure>> {
  const { challenge, phoneKey } = login;
  // Before any write: a used proof must not link another customer.
  const others = customers.filter(({ id }) => id !== chosen);
  const isUsed = challenge.chosen !== null && challenge.chosen !== chosen;
  if (isUsed || (await isSpentFor(gateway, challenge, others))) {
    return fail({ reason: "otp-rejected" });
  }
  const linked = await linkForLogin(gateway, login, chosen, customers);
  if (!linked.ok) return linked;
  const fix = (record: PhoneRecord, at: number) =>
    chooseCustomer(record, challenge.handle, chosen, gateway.rules.challenge, at);
  const fixed = await changePhoneRecord(gateway, phoneKey, fix, stored);
  return fixed.ok ? start(gateway, { ...login, challenge: fixed.value }, linked.value) : fixed;
}

/**
 * Whether the proof already gave one of these customers a session: a customer who was the phone's
 * only one at that time logged in without a choice.
 */
async function isSpentFor(
  gateway: LogInPorts,
  { handle }: Challenge,
  customers: readonly Customer[],
): Promise<boolean> {
  const pointers = customers.map(({ pointer }) => pointer).filter((pointer) => pointer !== null);
  const records = await Promise.all(
    pointers.map(async (pointer) =>
      readUserRecord(gateway, await gateway.keyring.userKey(pointer as UserId)),
    ),
  );
  return records.some(({ record }) =>
    record.redeemed.some(({ challenge }) => challenge === handle),
  );
}
