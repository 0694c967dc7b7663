import type { FailureOf } from "../../core/failure.ts";
import type { Phone } from "../../core/ids.ts";
import {
  type Customer,
  isUsable,
  MARK,
  type UsableUser,
  type User,
  withChange,
} from "../../core/linking/documents.ts";
import { PAIR_USER_GUARDS } from "../../core/linking/pair.ts";
import { storedSpelling } from "../../core/linking/stored-spelling.ts";
import { parseTypedPhone } from "../../core/phone/phone.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { findCustomersOf } from "../linking/find-customers.ts";
import { ownTime } from "../linking/own-time.ts";
import { readUsersTiedTo } from "../sessions/review-sessions.ts";
import { giveBackFields } from "./linking/write-pair.ts";
import type { EndsSessions } from "./operate-sessions.ts";
import { readPair } from "./reading/read-pair.ts";
import type { WholeSearch } from "./reading/search-spellings.ts";

type ChangePhonePorts = Pick<Gateway, "directory" | "rules" | "runtime"> & EndsSessions;

/** A new number for a customer, and who is concerned. */
export interface PhoneChange {
  readonly customer: Customer;
  /** The user who is linked on both sides, and gets the number too. */
  readonly user: UsableUser | null;
  readonly phone: Phone;
  /** Other customers with the new number. */
  readonly holders: readonly Customer[];
  /** The customer has the number already. */
  readonly isSame: boolean;
}

type PlanFailure =
  | FailureOf<"phone-unsupported">
  | { readonly reason: "no-customer" }
  | { readonly reason: "customer-id-shared" };

/** Reads what a change of a customer's phone would mean. */
export async function planPhoneChange(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  customerId: string,
  typed: string,
  search: WholeSearch,
): Promise<Result<PhoneChange, PlanFailure>> {
  const phone = parseTypedPhone(typed, gateway.rules.phone);
  if (phone === null) return fail({ reason: "phone-unsupported" });
  const { facts } = await readPair(gateway, customerId, null);
  if (facts === null) return fail({ reason: "no-customer" });
  const { customer, users } = facts;
  if (customer.document.idShared) return fail({ reason: "customer-id-shared" });
  const onPhone = await findCustomersOf(gateway, phone, await search.keysOf([phone]));
  const holders = onPhone.filter(({ document }) => document.key !== customer.document.key);
  const isLinked = (user: User): user is UsableUser =>
    isUsable(user) && user.customerId === customer.id && user.id === customer.pointer;
  const user = users.find(isLinked) ?? null;
  return ok({ customer, user, phone, holders, isSame: customer.phone === phone });
}

/**
 * Writes the new number into both records, and ends the sessions: they were proven with the old one.
 * The user first, with the mark: a link that is ours survives the moment in which the two differ.
 */
export async function applyPhoneChange(
  gateway: ChangePhonePorts,
  { customer, phone, user }: PhoneChange,
): Promise<"written" | "lost"> {
  const { directory, rules, runtime } = gateway;
  const stored = storedSpelling(phone, rules.phone);
  const set = () => ({ phone: stored, updated_at: ownTime(runtime.now(), runtime) });
  const tied = await readUsersTiedTo(gateway, customer.id);
  const change = { set: { ...set(), [MARK]: customer.id } };
  if (user !== null) {
    const guards = [...PAIR_USER_GUARDS, "phone"];
    if ((await directory.changeUser(user.document, guards, change)) !== "applied") return "lost";
  }
  const guards = ["phone", "user_id", "status"];
  const changed = await directory.changeCustomer(customer.document, guards, { set: set() });
  if (changed !== "applied") {
    if (user !== null) {
      await giveBackFields(directory, user.document, withChange(user.document, change), change);
    }
    return "lost";
  }
  for (const id of tied) await gateway.endSessions(id);
  return "written";
}
