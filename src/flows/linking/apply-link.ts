import type { ConflictEvidence, FailureOf } from "../../core/failure.ts";
import {
  type Change,
  type Customer,
  isUsable,
  MARK,
  readCustomer,
  readUser,
  type StoredDocument,
  type UsableUser,
  type User,
  withChange,
} from "../../core/linking/documents.ts";
import { linkedUser } from "../../core/linking/link-evidence.ts";
import {
  isReservedEmail,
  type MadeIds,
  newUserFields,
  placeholderEmails,
} from "../../core/linking/made-user.ts";
import type { LinkFacts } from "../../core/linking/ties.ts";
import type { Gateway } from "../gateway.ts";
import { ownTime } from "./own-time.ts";
import { type Takeover, takeoverOf } from "./takeover.ts";

/** The user that this login has taken so far, kept between tries. */
export interface Progress {
  readonly takeover: Takeover | null;
  /** The takeover alone completed the link: the customer already pointed at the user. */
  readonly completed: boolean;
}

/**
 * `linked`: both sides stand, and `wrote` says whether a write of this login completed the link;
 * `lost`: the data changed meanwhile, read again; `refused`: the login cannot go on.
 */
export type LinkStep = { readonly progress: Progress } & (
  | {
      readonly kind: "linked";
      readonly customer: Customer;
      readonly user: UsableUser;
      readonly wrote: boolean;
    }
  | { readonly kind: "lost" }
  | { readonly kind: "refused"; readonly failure: LinkRefusal }
);

export type LinkRefusal = FailureOf<
  "customer-stopped" | "user-inactive" | "link-conflict" | "otp-rejected"
>;

/** The fields that the decision relied on. Each write compares them, besides `_id` and `id`. */
const USER_GUARDS = [
  "customer_v2_id",
  MARK,
  "role",
  "is_active",
  "phone",
  "email",
  "name",
  "password",
  "password_hash",
] as const;
const CUSTOMER_GUARDS = ["user_id", "phone", "status", "name"] as const;

/**
 * LINKING step 10: user first, so that a crash leaves evidence of rank B. Both sides are written
 * even where one stands already: a token is made only from documents of acknowledged writes.
 */
export async function reuseUser(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  facts: LinkFacts,
  user: UsableUser,
  before: Progress,
): Promise<LinkStep> {
  const { customer } = facts;
  const taken = await takeUser(gateway, facts, user);
  if (taken === "lost") return { kind: "lost", progress: before };
  if (taken === "duplicate") return conflict(facts, "no-free-email", before);
  const progress = {
    takeover: takeoverOf(before.takeover, user.document, taken),
    completed:
      before.completed || (customer.pointer === user.id && user.customerId !== customer.id),
  };
  const pointed = await pointCustomer(gateway, customer, user.id);
  if (pointed === "lost") return { kind: "lost", progress };
  if (pointed === "duplicate") return conflict(facts, "belongs-to-another", progress);
  // Each compare-and-set succeeds for one login only, so one of them wrote the last missing side.
  const wrote = customer.pointer !== user.id || user.customerId !== customer.id;
  return settled(gateway, facts, pointed, taken, wrote, progress);
}

/**
 * LINKING step 11: customer first. From then on no login moves the pointer, and every later login
 * inserts the same document under the same `_id`.
 */
export async function createUser(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  facts: LinkFacts,
  ids: MadeIds,
  before: Progress,
): Promise<LinkStep> {
  const emails = freeEmails(facts, ids.userId);
  if (emails.length === 0) return conflict(facts, "no-free-email", before);
  const customer = await pointCustomer(gateway, facts.customer, ids.userId);
  if (customer === "lost") return { kind: "lost", progress: before };
  if (customer === "duplicate") return conflict(facts, "belongs-to-another", before);
  for (const email of emails) {
    const fields = newUserFields(customer, facts.phone, ids, email, gateway.runtime.now());
    const inserted = await gateway.directory.insertUser(ids.objectId, fields);
    if (inserted === "duplicate-key") return { kind: "lost", progress: before };
    if (inserted === "duplicate") continue;
    const document = madeDocument(ids, fields);
    return settled(gateway, facts, customer, document, true, before);
  }
  return conflict(facts, "no-free-email", before);
}

/** Sets the user's side, and replaces an e-mail that no user can log in with. */
async function takeUser(
  { directory, runtime }: Pick<Gateway, "directory" | "runtime">,
  facts: LinkFacts,
  user: UsableUser,
): Promise<StoredDocument | "lost" | "duplicate"> {
  const updated_at = laterTime(user.document, runtime);
  const set = { customer_v2_id: facts.customer.id, [MARK]: facts.customer.id, updated_at };
  // With a valid e-mail the published default password would open the account: it is removed.
  const changes: Change[] = isReservedEmail(user.email)
    ? freeEmails(facts, user.id, user).map((email) => ({
        set: { ...set, email },
        unset: ["password", "password_hash"],
      }))
    : [{ set }];
  for (const change of changes) {
    const outcome = await directory.changeUser(user.document, USER_GUARDS, change);
    if (outcome === "applied") return withChange(user.document, change);
    if (outcome === "lost") return "lost";
  }
  return "duplicate";
}

async function pointCustomer(
  { directory, rules, runtime }: Pick<Gateway, "directory" | "rules" | "runtime">,
  customer: Customer,
  userId: string,
): Promise<Customer | "lost" | "duplicate"> {
  const change = { set: { user_id: userId, updated_at: ownTime(runtime.now(), runtime) } };
  const outcome = await directory.changeCustomer(customer.document, CUSTOMER_GUARDS, change);
  if (outcome !== "applied") return outcome;
  return readCustomer(withChange(customer.document, change), rules.phone) ?? "lost";
}

const CLOCK_SKEW_MS = 60_000;

/** Now, or just after the last write of an equally quick login: `giveBack` tells the two apart. */
function laterTime({ fields }: StoredDocument, runtime: Gateway["runtime"]): string {
  const now = runtime.now();
  const last = Date.parse(String(fields["updated_at"]));
  return ownTime(last >= now && last < now + CLOCK_SKEW_MS ? last + 1 : now, runtime);
}

/** The placeholder e-mails that no other user was seen to hold; a unique index may still refuse. */
function freeEmails(facts: LinkFacts, userId: UsableUser["id"], self?: User): readonly string[] {
  const { customer, phone, placeholder, users } = facts;
  const others = users.filter((user) => user.document.key !== self?.document.key);
  const held = new Set(others.map(({ email }) => email));
  const candidates = placeholderEmails(customer.id, userId, phone, placeholder);
  return candidates.filter((email) => !held.has(email));
}

function madeDocument({ objectId }: MadeIds, fields: StoredDocument["fields"]): StoredDocument {
  const key = JSON.stringify({ $oid: objectId }) as StoredDocument["key"];
  return { key, objectId, fields, idShared: false };
}

/** LINKING step 12: a token is made only from current documents that pass step 3. */
function settled(
  { rules }: Pick<Gateway, "rules">,
  facts: LinkFacts,
  customer: Customer,
  document: StoredDocument,
  wrote: boolean,
  progress: Progress,
): LinkStep {
  const others = facts.users.filter((user) => user.document.key !== document.key);
  const users = [...others, readUser(document, rules.phone)];
  const customers = facts.customers.map((other) => (other === facts.customer ? customer : other));
  const user = linkedUser({ ...facts, customer, customers, users });
  if (user === null || !isUsable(user)) return { kind: "lost", progress };
  return { kind: "linked", customer, user, wrote, progress };
}

function conflict(
  { customer, users }: LinkFacts,
  because: ConflictEvidence["because"],
  progress: Progress,
): LinkStep {
  const evidence = { because, customerId: customer.id, userIds: users.map(({ id }) => id) };
  return { kind: "refused", failure: { reason: "link-conflict", evidence }, progress };
}
