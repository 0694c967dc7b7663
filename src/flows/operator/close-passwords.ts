import {
  MARK,
  readCustomer,
  readUser,
  type StoredDocument,
  type User,
} from "../../core/linking/documents.ts";
import { areTwoSided } from "../../core/linking/pair.ts";
import type { Gateway } from "../gateway.ts";
import { ownTime } from "../linking/own-time.ts";
import type { PlannedChange } from "../runs/write-batch.ts";
import { hasPassword } from "./audit/find-stranded.ts";
import { noCounts, type Walk, type WalkCounts, walkCollection } from "./reading/walk-collection.ts";

/** Whether a hash is of one of the backend's published default passwords. */
export type IsPublished = (hash: string) => Promise<boolean>;

const SECRETS = ["password", "password_hash"] as const;
const GUARDS = ["role", "customer_v2_id", MARK] as const;

/**
 * Removes the password hashes of customers' users who are linked, or have a published default
 * password. Staff keep theirs.
 */
export async function closePasswords(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  walk: Walk,
  isPublished: IsPublished,
): Promise<WalkCounts> {
  const { rules, runtime } = gateway;
  const counts = noCounts();
  await walkCollection(walk, "users", counts, async (page) => {
    const users = page
      .map((document) => readUser(document, rules.phone))
      .filter((user) => user.isCustomer && hasPassword(user))
      // Any other document could not be found again for an undo.
      .filter(({ document, id }) => id !== null || document.objectId !== null);
    const linked = await linkedAmong(gateway, users);
    const planned: PlannedChange[] = [];
    for (const user of users) {
      if (!linked.has(user) && !(await hasPublished(user, isPublished))) continue;
      const set = { updated_at: ownTime(runtime.now(), runtime) };
      const unset = SECRETS.filter((name) => Object.hasOwn(user.document.fields, name));
      const change = { set, unset };
      planned.push({ collection: "users", read: user.document, guards: GUARDS, change });
    }
    return planned;
  });
  return counts;
}

async function linkedAmong(
  { directory, rules }: Pick<Gateway, "directory" | "rules">,
  users: readonly User[],
): Promise<ReadonlySet<User>> {
  const ids = [...new Set(users.flatMap(({ customerId }) => customerId ?? []))];
  const documents: readonly StoredDocument[] = await directory.findCustomers({ ids });
  const customers = documents.flatMap((document) => readCustomer(document, rules.phone) ?? []);
  return new Set(users.filter((user) => customers.some((customer) => areTwoSided(customer, user))));
}

async function hasPublished(
  { document: { fields } }: User,
  isPublished: IsPublished,
): Promise<boolean> {
  for (const name of SECRETS) {
    const hash = fields[name];
    if (typeof hash === "string" && (await isPublished(hash))) return true;
  }
  return false;
}
