import { newestCompat } from "../../../src/core/otp/challenge.ts";
import { parseTypedPhone } from "../../../src/core/phone/phone.ts";
import { codeOf } from "../../../src/flows/otp/deliver-code.ts";
import { readPhoneRecord } from "../../../src/flows/state/change-record.ts";
import { type Answer, type Answering, type LoginPlace, newestCode, post } from "./client.ts";
import type { TestGateway } from "./test-gateway.ts";

/** The old web app's two calls (LEGACY 5). */
export const compatSend = (test: Answering, phone: string, more: object = {}): Promise<Answer> =>
  post(test, "/api/auth/otp/send", { phone, ...more });

export const compatVerify = (
  test: Answering,
  phone: string,
  otp: string,
  more: object = {},
): Promise<Answer> => post(test, "/api/auth/otp/verify", { phone, otp, ...more });

/** Asks as the page does, and gives the code that was sent. */
export async function compatCodeFor(test: LoginPlace, phone: string): Promise<string> {
  const asked = await compatSend(test, phone);
  await test.runtime.settle();
  const code = newestCode(test, phone);
  if (asked.status !== 200 || code === undefined) throw new Error(`no code: ${asked.status}`);
  return code;
}

/** Logs in as the page does. */
export async function compatLogIn(test: LoginPlace, phone: string): Promise<Answer> {
  return compatVerify(test, phone, await compatCodeFor(test, phone));
}

/** The code of the page's newest challenge, sent or not, as its keys and its record give it. */
export async function trueCompatCode({ gateway }: TestGateway, phone: string): Promise<string> {
  const parsed = parseTypedPhone(phone, gateway.rules.phone);
  if (parsed === null) throw new Error("not a phone");
  const { record } = await readPhoneRecord(gateway, await gateway.keyring.phoneKey(parsed));
  const found = newestCompat(record, null, gateway.runtime.now());
  const code = found && (await codeOf(gateway, found.challenge));
  if (!code) throw new Error("no such challenge");
  return code;
}
