import type { CustomerId } from "../../core/ids.ts";
import { copyDrift } from "../../core/linking/copy-drift.ts";
import {
  type Customer,
  MARK,
  readCustomer,
  readUser,
  type StoredDocument,
} from "../../core/linking/documents.ts";
import { madeIdsForAll } from "../../core/linking/made-user.ts";
import type { Gateway } from "../gateway.ts";
import { ownTime } from "../linking/own-time.ts";
import type { PlannedChange } from "../runs/write-batch.ts";
import { noCounts, type Walk, type WalkCounts, walkCollection } from "./reading/walk-collection.ts";

const GUARDS = ["customer_v2_id", MARK, "role", "name", "phone", "email"] as const;

/**
 * Copies name and phone from customers_v2 to the users who are linked on both sides.
 *
 * @param onConflict gets users with a phone that contradicts their customer's: they are left
 */
export async function syncCopies(
  { directory, rules, runtime }: Pick<Gateway, "directory" | "rules" | "runtime">,
  walk: Walk,
  onConflict: (customerId: string, userId: string) => void,
): Promise<WalkCounts> {
  const counts = noCounts();
  await walkCollection(walk, "users", counts, async (page) => {
    const users = page.map((document) => readUser(document, rules.phone));
    const named = new Set(users.flatMap(({ customerId }) => customerId ?? []));
    const customers = byId(await directory.findCustomers({ ids: [...named] }), rules);
    const made = await madeIdsForAll(customers.keys(), runtime.hashNow);
    const planned: PlannedChange[] = [];
    for (const user of users) {
      const customer = user.customerId === null ? undefined : customers.get(user.customerId);
      const ids = customer === undefined ? undefined : made.get(customer.id);
      if (customer === undefined || ids === undefined) continue;
      const drift = copyDrift(customer, user, ids, rules.phone);
      if (drift.kind === "phones") onConflict(customer.id, user.id ?? "");
      if (drift.kind !== "drift") continue;
      const set = { ...drift.set, updated_at: ownTime(runtime.now(), runtime) };
      planned.push({ collection: "users", read: user.document, guards: GUARDS, change: { set } });
    }
    return planned;
  });
  return counts;
}

/** Without customers who share an id: it does not say which of them is meant. */
function byId(
  documents: readonly StoredDocument[],
  rules: Gateway["rules"],
): ReadonlyMap<CustomerId, Customer> {
  const read = documents.flatMap((document) => readCustomer(document, rules.phone) ?? []);
  return new Map(
    read.filter(({ document }) => !document.idShared).map((customer) => [customer.id, customer]),
  );
}
