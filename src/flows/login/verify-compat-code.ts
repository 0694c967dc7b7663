import type { ClientSource } from "../../core/address/client-source.ts";
import type { FailureOf } from "../../core/failure.ts";
import { newestCompat } from "../../core/otp/challenge.ts";
import { parseTypedPhone } from "../../core/phone.ts";
import { fail, type Result } from "../../core/result.ts";
import { findCustomersOf } from "../linking/find-customers.ts";
import { legacyLink } from "../linking/find-legacy-user.ts";
import { knownDevice } from "../otp/known-device.ts";
import { type ProveCodePorts, proveCode } from "../otp/prove-code.ts";
import { chooseAmong } from "./choose-customer.ts";
import {
  type CompatLogin,
  type LogInPorts,
  type LoginFailure,
  linkForLogin,
  startCompatSession,
} from "./log-in.ts";

type VerifyCodePorts = LogInPorts & ProveCodePorts;

type CompatFailure =
  | LoginFailure
  | FailureOf<"phone-unsupported" | "otp-exhausted" | "several-accounts">;

/** The input of the page. */
export interface CompatCode {
  /** As typed. */
  readonly phone: string;
  readonly code: string;
  readonly userAgent: string;
  readonly source: ClientSource;
  /** The browser's device token, if it has one; null: the page's browser can keep none. */
  readonly device: { readonly token: string | undefined } | null;
}

/**
 * A code from the old web app comes with the phone and no challenge id (LEGACY 5), so it is tried
 * against the newest challenge that a send of the page began. With a known device that is the
 * newest of its own lane, where a stranger who knows the number can neither begin a challenge nor
 * guess.
 *
 * The page cannot ask which of several customers logs in. Such a proof lapses after its two
 * minutes: no selection token is sent, so the proof is useless, and it does not block a code that
 * is requested at POST /auth/otp.
 */
export async function verifyCompatCode(
  gateway: VerifyCodePorts,
  { code, device, phone, source, userAgent }: CompatCode,
): Promise<Result<CompatLogin, CompatFailure>> {
  const parsed = parseTypedPhone(phone, gateway.rules.phone);
  if (parsed === null) return fail({ reason: "phone-unsupported" });
  const phoneKey = await gateway.keyring.phoneKey(parsed);
  const known = device && (await knownDevice(gateway, device.token, phoneKey));
  const proven = await proveCode(
    gateway,
    phoneKey,
    { code, source },
    (record, now) =>
      (known && newestCompat(record, known.customerId, now)) ??
      newestCompat(record, null, now) ??
      null,
  );
  if (!proven.ok) return proven;
  const challenge = proven.value;
  const customers = await findCustomersOf(gateway, challenge.phone, challenge.found);
  const login = { phoneKey, challenge, userAgent };
  if (customers.length === 0) {
    const link = await legacyLink(gateway, challenge);
    if (link === null) return fail({ reason: "otp-rejected" });
    return startCompatSession(gateway, login, link, device !== null);
  }
  const choice = await chooseAmong(gateway, { phone: challenge.phone, phoneKey }, customers);
  if (!choice.ok) return choice;
  if (choice.value.kind === "several") return fail({ reason: "several-accounts" });
  const { customerId, facts } = choice.value;
  const linked = await linkForLogin(gateway, login, customerId, customers, facts);
  return linked.ok ? startCompatSession(gateway, login, linked.value, device !== null) : linked;
}
