import { tryCode } from "../core/challenge.ts";
import { readTypedCode, sameCode } from "../core/code.ts";
import type { Customer } from "../core/documents.ts";
import type { FailureOf } from "../core/failure.ts";
import type { PhoneKey } from "../core/ids.ts";
import type { Challenge, PhoneRecord } from "../core/phone-record.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { activeTestPhone } from "../core/test-phone.ts";
import { type ChallengeReference, mintReference, readReference } from "./challenge-id.ts";
import { changePhoneRecord } from "./change-record.ts";
import { codeOf } from "./deliver-code.ts";
import { findCustomersOf } from "./find-customers.ts";
import type { Gateway } from "./gateway.ts";
import { type LoggedIn, type LoginFailure, linkForLogin, startSession } from "./log-in.ts";
import { spend } from "./service-budget.ts";

/** Several customers share the proven phone: its owner must say which one logs in. */
export interface Selection {
  readonly selectionToken: string;
  readonly customers: readonly Customer[];
}

type VerifyFailure = LoginFailure | FailureOf<"otp-exhausted">;

const REJECTED = { reason: "otp-rejected" } as const;

/**
 * A code for the challenge that asked for it. Right: the phone is proven, and the login goes on to
 * tokens or to the choice of a customer. Wrong: counted before the answer leaves.
 */
export async function verifyCode(
  gateway: Gateway,
  challengeId: string,
  code: string,
  userAgent: string,
): Promise<Result<LoggedIn | Selection, VerifyFailure>> {
  const reference = await readReference(gateway, "challenge", challengeId);
  if (reference === null) return fail(REJECTED);
  const { phoneKey } = reference;
  const proven = await proveCode(gateway, reference, code);
  if (!proven.ok) {
    auditRefusedCode(gateway, phoneKey, proven.failure);
    if (wasCounted(proven.failure)) {
      gateway.runtime.defer("count-failure", async () => {
        await spend(gateway, "failures-per-service");
      });
    }
    return proven;
  }
  const challenge = proven.value;
  gateway.runtime.defer("report-shown", () => reportShown(gateway, challenge));
  const customers = await findCustomersOf(gateway, challenge.phone, challenge.found);
  const [first] = customers;
  if (first === undefined) return fail(REJECTED);
  const single = customers.every(({ id }) => id === first.id);
  const chosen = challenge.chosen ?? (single ? first.id : null);
  if (chosen === null) return select(gateway, phoneKey, challenge, customers);
  const login = { phoneKey, challenge, userAgent };
  const linked = await linkForLogin(gateway, login, chosen, customers);
  return linked.ok ? startSession(gateway, login, linked.value) : linked;
}

function proveCode(gateway: Gateway, reference: ChallengeReference, typed: string) {
  const { phoneKey, handle } = reference;
  return changePhoneRecord(gateway, phoneKey, async (record: PhoneRecord, now) => {
    const challenge = await reference.in(record);
    if (challenge === null) return { record: null, outcome: fail(REJECTED) };
    const code = await codeOf(gateway, challenge);
    const correct = code !== null && sameCode(code, readTypedCode(typed) ?? "");
    return tryCode(record, handle, correct, gateway.rules.challenge, now);
  });
}

/** A provider that carried nothing, as for a test phone, has nothing to hear of. */
async function reportShown({ rules, runtime, sender }: Gateway, { phone }: Challenge) {
  const isTest = activeTestPhone(rules.testPhones, phone, runtime.now()) !== null;
  if (!isTest) await sender.reportShown(phone);
}

const wasCounted = (failure: VerifyFailure): boolean =>
  failure.reason === "otp-rejected" && failure.attemptsRemaining !== undefined;

function auditRefusedCode(
  { audit }: Gateway,
  phoneKey: PhoneKey,
  failure: FailureOf<"rate-limited" | "otp-rejected" | "otp-exhausted">,
): void {
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

async function select(
  gateway: Gateway,
  phoneKey: PhoneKey,
  challenge: Challenge,
  customers: readonly Customer[],
): Promise<Result<Selection, VerifyFailure>> {
  const selectionToken = await mintReference(gateway, "selection", phoneKey, challenge);
  return selectionToken === null ? fail(REJECTED) : ok({ selectionToken, customers });
}
