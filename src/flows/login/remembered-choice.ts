import type { CustomerId, PhoneKey } from "../../core/ids.ts";
import { parsedJson } from "../../core/json.ts";
import type { Customer } from "../../core/linking/documents.ts";
import { seal, unseal } from "../../core/secrets/sealed-text.ts";
import type { Session } from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";

/** What the browser keeps of a choice, sealed. */
interface Choice {
  readonly customerId: CustomerId;
  /** The customer's `user_id` of that time, as it is spelled there. */
  readonly pointer: string | null;
  /** Epoch ms. */
  readonly until: number;
}

/** Bound into the seal, so that one phone's choice does not open as another's. */
const placeOf = (phoneKey: PhoneKey): string => `choice/${phoneKey}`;

/**
 * A choice among the customers of one phone, for the browser to keep as long as the session that it
 * led to could last. It logs no one in: it only tells which customer a right code is for, where
 * several have the phone.
 */
export function sealChoice(
  { keyring, runtime }: Pick<Gateway, "keyring" | "runtime">,
  { endsAt, phoneKey }: Session,
  { id: customerId, pointer }: Customer,
): Promise<string> {
  const choice: Choice = { customerId, pointer, until: endsAt };
  const text = JSON.stringify(choice);
  const nonce = runtime.randomBytes(12);
  return seal(keyring, "login-choice", placeOf(phoneKey), text, nonce);
}

/**
 * The customer that this browser's owner chose for the phone.
 *
 * @param customers of the phone who can log in
 * @returns null for a forged choice, an old one, one of another phone, one of a customer who is not
 *   among these, and one of a customer who was given another user since
 */
export async function rememberedChoice(
  { keyring, runtime }: Pick<Gateway, "keyring" | "runtime">,
  phoneKey: PhoneKey,
  sealed: string | undefined,
  customers: readonly Customer[],
): Promise<CustomerId | null> {
  if (sealed === undefined) return null;
  const text = await unseal(keyring, "login-choice", placeOf(phoneKey), sealed);
  const choice = text === null ? undefined : (parsedJson(text) as Choice | undefined);
  if (!choice || choice.until <= runtime.now()) return null;
  const customer = customers.find(({ id }) => id === choice.customerId);
  const isLinkedAsThen = customer?.pointer != null && customer.pointer === choice.pointer;
  return isLinkedAsThen ? customer.id : null;
}
