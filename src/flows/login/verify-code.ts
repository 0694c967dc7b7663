import type { ClientSource } from "../../core/address/client-source.ts";
import type { FailureOf } from "../../core/failure.ts";
import type { PhoneKey } from "../../core/ids.ts";
import type { Customer } from "../../core/linking/documents.ts";
import type { Challenge } from "../../core/otp/phone-record.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { findCustomersOf } from "../linking/find-customers.ts";
import { mintReference, readReference } from "../otp/challenge-id.ts";
import { type ProveCodePorts, proveCode } from "../otp/prove-code.ts";
import { choiceFor } from "./choose-customer.ts";
import { type LogInPorts, type LoginFailure, linkForLogin, type StartSession } from "./log-in.ts";

type VerifyCodePorts = LogInPorts & ProveCodePorts;

/** Several customers share the proven phone: its owner must choose one. */
export interface Selection {
  readonly selectionToken: string;
  readonly customers: readonly Customer[];
}

/** A typed code, and its sender. */
export interface ShownCode {
  readonly code: string;
  readonly source: ClientSource;
  readonly userAgent: string;
}

type VerifyFailure = LoginFailure | FailureOf<"otp-exhausted">;

const REJECTED = { reason: "otp-rejected" } as const;

/**
 * Verifies a code against its challenge. With the right code the login goes on to tokens or to the
 * choice of a customer.
 *
 * @param start makes the login's session
 */
export async function verifyCode<Started, Ports extends VerifyCodePorts>(
  gateway: Ports,
  challengeId: string,
  { code, source, userAgent }: ShownCode,
  start: StartSession<Started, Ports>,
): Promise<Result<Started | Selection, VerifyFailure>> {
  const reference = await readReference(gateway, "challenge", challengeId);
  if (reference === null) return fail(REJECTED);
  const { phoneKey } = reference;
  const { handle } = reference;
  const proven = await proveCode(gateway, phoneKey, { code, source }, async (record) => {
    const challenge = await reference.in(record);
    return challenge && { challenge, handle };
  });
  if (!proven.ok) return proven;
  const challenge = proven.value;
  const customers = await findCustomersOf(gateway, challenge.phone, challenge.found);
  if (customers.length === 0) return fail(REJECTED);
  const login = { phoneKey, challenge, userAgent };
  const choice = await choiceFor(gateway, login, customers);
  if (!choice.ok) return choice;
  if (choice.value.kind === "several") {
    return select(gateway, phoneKey, challenge, choice.value.customers);
  }
  const { customerId, facts } = choice.value;
  const linked = await linkForLogin(gateway, login, customerId, customers, facts);
  return linked.ok ? start(gateway, login, linked.value) : linked;
}

async function select(
  gateway: Pick<Gateway, "keyring">,
  phoneKey: PhoneKey,
  challenge: Challenge,
  customers: readonly Customer[],
): Promise<Result<Selection, VerifyFailure>> {
  const selectionToken = await mintReference(gateway, "selection", phoneKey, challenge);
  return selectionToken === null ? fail(REJECTED) : ok({ selectionToken, customers });
}
