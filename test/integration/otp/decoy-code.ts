import { readReference } from "../../../src/flows/otp/challenge-id.ts";
import { codeOf } from "../../../src/flows/otp/deliver-code.ts";
import { readPhoneRecord } from "../../../src/flows/state/change-record.ts";
import type { TestGateway } from "../../support/gateway/test-gateway.ts";

/** The code of a challenge, sent or not, as its keys and its record give it. */
export async function trueCodeOf({ gateway }: TestGateway, challengeId: string): Promise<string> {
  const reference = await readReference(gateway, "challenge", challengeId);
  if (reference === null) throw new Error("not a challenge id");
  const { record } = await readPhoneRecord(gateway, reference.phoneKey);
  const challenge = await reference.in(record);
  const code = challenge && (await codeOf(gateway, challenge));
  if (code === null) throw new Error("no such challenge");
  return code;
}
