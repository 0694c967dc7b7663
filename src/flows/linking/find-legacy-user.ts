import type { Phone } from "../../core/ids.ts";
import { isUsable, readCustomer, readUser, type UsableUser } from "../../core/linking/documents.ts";
import { isFree } from "../../core/linking/link-evidence.ts";
import { madeIdsForAll } from "../../core/linking/made-user.ts";
import { customersTiedTo, type SharedFacts } from "../../core/linking/ties.ts";
import { spellingsOf } from "../../core/phone/phone.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Gateway } from "../gateway.ts";
import { findCustomersOf } from "./find-customers.ts";
import type { Link, ProvenPhone } from "./link-customer.ts";
import { merged } from "./read-link-facts.ts";
import { type ScanPorts, scanForCustomersOf } from "./scan-for-customers.ts";

type LegacyUserPorts = Pick<Gateway, "directory" | "rules" | "runtime">;

/**
 * LEGACY_ONLY_LOGIN: the user who logs in with a phone that no customer has. It is the one usable
 * user with the phone, active, and tied to no customer. Several users with the phone are none: a
 * number may have changed hands.
 *
 * @returns null where the setting is off, too
 */
export async function findLegacyUser(
  gateway: LegacyUserPorts,
  phone: Phone,
): Promise<UsableUser | null> {
  const { directory, rules, runtime } = gateway;
  if (!rules.legacyOnly.isOn) return null;
  if ((await findCustomersOf(gateway, phone, [])).length > 0) return null;
  const documents = await directory.findUsers({ phones: spellingsOf(phone) });
  const users = documents
    .map((document) => readUser(document, rules.phone))
    .filter((user) => user.phone === phone);
  const [user, ...others] = users.filter(isUsable);
  if (user === undefined || others.length > 0 || !user.active) return null;
  const facts: SharedFacts = {
    phone,
    customers: [],
    users,
    made: new Map(),
    placeholder: rules.placeholder,
    now: runtime.now(),
  };
  const named = await directory.findCustomers(merged(customersTiedTo([user], facts)));
  const customers = named.flatMap((document) => readCustomer(document, rules.phone) ?? []);
  const ids = customers.map(({ id }) => id);
  const made = await madeIdsForAll(ids, runtime.hashNow);
  const all = { ...facts, customers, made };
  return isFree(user, all) ? user : null;
}

/**
 * The same for a proven phone, as a link without a customer. A customer with the phone in a rare
 * spelling is found by the search alone, so the search must have ended.
 */
export async function legacyLink(
  gateway: LegacyUserPorts & ScanPorts,
  { phone, searched }: Pick<ProvenPhone, "phone" | "searched">,
): Promise<Link | null> {
  const user = await findLegacyUser(gateway, phone);
  if (user === null) return null;
  const link = { customer: null, user, wrote: false };
  if (searched === true) return link;
  const customers = await scanForCustomersOf(gateway, phone);
  if (customers === null) {
    throw new AdapterError("directory", "scan-customers", "unavailable", { cause: undefined });
  }
  return customers.length === 0 ? link : null;
}
