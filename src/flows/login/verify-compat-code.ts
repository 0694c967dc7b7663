import type { ClientSource } from "../../core/address/client-source.ts";
import type { FailureOf } from "../../core/failure.ts";
import { newestCompat } from "../../core/otp/challenge.ts";
import { parseTypedPhone } from "../../core/phone/phone.ts";
import { fail, type Result } from "../../core/result.ts";
import { findCustomersOf } from "../linking/find-customers.ts";
import { legacyLink } from "../linking/find-legacy-user.ts";
import { knownDevice } from "../otp/known-device.ts";
import { type ProveCodePorts, proveCode } from "../otp/prove-code.ts";
import { choiceFor } from "./choose-customer.ts";
import {
  type CompatLogin,
  type LogInPorts,
  type LoginContext,
  type LoginFailure,
  linkForLogin,
  type StartSession,
  startCompatSession,
} from "./log-in.ts";
import { rememberedChoice } from "./remembered-choice.ts";
import { startAsChosen } from "./select-customer.ts";

type VerifyCodePorts = LogInPorts & ProveCodePorts;

type CompatFailure =
  | LoginFailure
  | FailureOf<"phone-unsupported" | "otp-exhausted" | "several-accounts">;

/** The values of the browser's cookies, where it has them. */
interface KeptByBrowser {
  readonly deviceToken: string | undefined;
  /** The choice that was made at the login page. */
  readonly choice: string | undefined;
}

/** The input of the page. */
export interface CompatCode {
  /** As typed. */
  readonly phone: string;
  readonly code: string;
  readonly userAgent: string;
  readonly source: ClientSource;
  /** What the browser keeps for us; null: the page's browser can keep nothing. */
  readonly browser: KeptByBrowser | null;
}

/**
 * A code from the old web app comes with the phone and no challenge id (LEGACY 5), so it is tried
 * against the newest challenge that a send of the page began. With a known device that is the
 * newest of its own lane, where a stranger who knows the number can neither begin a challenge nor
 * guess.
 *
 * The page cannot ask which of several customers logs in. A choice that was made at the login page
 * in the same browser counts. Without one the proof lapses after its two minutes: no selection token
 * is sent, so the proof is useless, and it does not block a code that is requested at POST /auth/otp.
 */
export async function verifyCompatCode(
  gateway: VerifyCodePorts,
  { browser, code, phone, source, userAgent }: CompatCode,
): Promise<Result<CompatLogin, CompatFailure>> {
  const parsed = parseTypedPhone(phone, gateway.rules.phone);
  if (parsed === null) return fail({ reason: "phone-unsupported" });
  const phoneKey = await gateway.keyring.phoneKey(parsed);
  const known = browser && (await knownDevice(gateway, browser.deviceToken, phoneKey));
  const proven = await proveCode(
    gateway,
    phoneKey,
    { code, source },
    (record, now) =>
      (known && newestCompat(record, known.customerId, now)) ?? newestCompat(record, null, now),
  );
  if (!proven.ok) return proven;
  return enter(gateway, { phoneKey, challenge: proven.value, userAgent }, browser);
}

/** Logs the owner of a proven phone in, where it is clear as which customer. */
async function enter(
  gateway: VerifyCodePorts,
  login: LoginContext,
  browser: KeptByBrowser | null,
): Promise<Result<CompatLogin, CompatFailure>> {
  const { challenge, phoneKey } = login;
  const customers = await findCustomersOf(gateway, challenge.phone, challenge.found);
  const start: StartSession<CompatLogin, VerifyCodePorts> = (ports, context, link) =>
    startCompatSession(ports, context, link, browser !== null);
  if (customers.length === 0) {
    const link = await legacyLink(gateway, challenge);
    return link === null ? fail({ reason: "otp-rejected" }) : start(gateway, login, link);
  }
  const choice = await choiceFor(gateway, login, customers);
  if (!choice.ok) return choice;
  if (choice.value.kind === "one") {
    const { customerId, facts } = choice.value;
    const linked = await linkForLogin(gateway, login, customerId, customers, facts);
    return linked.ok ? start(gateway, login, linked.value) : linked;
  }
  const able = choice.value.customers;
  const chosen = await rememberedChoice(gateway, phoneKey, browser?.choice, able);
  if (chosen === null) return fail({ reason: "several-accounts" });
  return startAsChosen(gateway, login, chosen, customers, start);
}
