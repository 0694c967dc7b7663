import {
  type Change,
  type Customer,
  isUsable,
  readCustomer,
  readUser,
  type StoredDocument,
  type UsableUser,
  type User,
  withChange,
} from "../core/documents.ts";
import type { ConflictEvidence, FailureOf } from "../core/failure.ts";
import { type LinkFacts, linkedUser } from "../core/link-evidence.ts";
import {
  isReservedEmail,
  type MadeIds,
  newUserFields,
  placeholderEmails,
} from "../core/made-user.ts";
import type { Gateway } from "./gateway.ts";

/** A user whom this login has taken for its customer, before and after. */
export interface Claim {
  readonly before: StoredDocument;
  readonly after: StoredDocument;
}

/** What this login has written so far, carried from one try to the next. */
export interface Progress {
  readonly wrote: boolean;
  readonly claim: Claim | null;
}

/** `linked`: both sides stand; `lost`: the data changed meanwhile, read again; `refused`: neither. */
export type Step = { readonly progress: Progress } & (
  | { readonly kind: "linked"; readonly customer: Customer; readonly user: UsableUser }
  | { readonly kind: "lost" }
  | { readonly kind: "refused"; readonly failure: LinkRefusal }
);

export type LinkRefusal = FailureOf<
  "customer-stopped" | "user-inactive" | "link-conflict" | "otp-rejected"
>;

/** What the decision relied on, so what each write compares besides `_id` and `id`. */
const USER_GUARDS = ["customer_v2_id", "role", "is_active", "phone", "email", "name"] as const;
const CUSTOMER_GUARDS = ["user_id", "phone", "status", "name"] as const;

/** LINKING step 10: user first, so that a crash leaves evidence of rank B. */
export async function reuseUser(
  gateway: Gateway,
  facts: LinkFacts,
  user: UsableUser,
  before: Progress,
): Promise<Step> {
  const { customer } = facts;
  let progress = before;
  let document = user.document;
  if (user.customerId !== customer.id || isReservedEmail(user.email)) {
    const taken = await takeUser(gateway, facts, user);
    if (taken === "lost") return { kind: "lost", progress };
    if (taken === "duplicate") return conflict(facts, "no-free-email", progress);
    const claim = user.customerId === customer.id ? null : { before: document, after: taken };
    progress = { wrote: true, claim: claim ?? progress.claim };
    document = taken;
  }
  if (customer.pointer === user.id) return settled(gateway, facts, customer, document, progress);
  const pointed = await pointCustomer(gateway, customer, user.id);
  if (pointed === "lost") return { kind: "lost", progress };
  if (pointed === "duplicate") return conflict(facts, "belongs-to-another", progress);
  return settled(gateway, facts, pointed, document, { ...progress, wrote: true });
}

/**
 * LINKING step 11: customer first. From then on no login moves the pointer, and whoever comes
 * next inserts the same document under the same `_id`.
 *
 * @param pointed whether `user_id` is U* already
 */
export async function createUser(
  gateway: Gateway,
  facts: LinkFacts,
  ids: MadeIds,
  pointed: boolean,
  before: Progress,
): Promise<Step> {
  const customer = pointed
    ? facts.customer
    : await pointCustomer(gateway, facts.customer, ids.userId);
  if (customer === "lost") return { kind: "lost", progress: before };
  if (customer === "duplicate") return conflict(facts, "belongs-to-another", before);
  const progress = { ...before, wrote: before.wrote || !pointed };
  for (const email of freeEmails(facts, ids.userId)) {
    const fields = newUserFields(customer, facts.phone, ids, email, gateway.runtime.now());
    const inserted = await gateway.directory.insertUser(ids.objectId, fields);
    if (inserted === "duplicate-key") return { kind: "lost", progress };
    if (inserted === "duplicate") continue;
    const document = madeDocument(ids, fields);
    return settled(gateway, facts, customer, document, { ...progress, wrote: true });
  }
  return conflict(facts, "no-free-email", progress);
}

/** Gives a taken user back, where the link it was taken for did not come about. */
export async function giveBack({ directory }: Gateway, claim: Claim): Promise<void> {
  await directory.changeUser(claim.after, ["customer_v2_id"], undoing(claim));
}

/** The facts as they would be without our own claim: it must not be evidence for itself. */
export function withoutClaim({ rules }: Gateway, facts: LinkFacts, claim: Claim): LinkFacts {
  const users = facts.users.map((user) => {
    const ours = user.document.key === claim.before.key && user.customerId === facts.customer.id;
    return ours ? readUser(withChange(user.document, undoing(claim)), rules.phone) : user;
  });
  return { ...facts, users };
}

function undoing({ before }: Claim): Change {
  const { customer_v2_id } = before.fields;
  return customer_v2_id === undefined
    ? { set: {}, unset: ["customer_v2_id"] }
    : { set: { customer_v2_id } };
}

/** Sets the user's side, and replaces an e-mail that nobody can log in with. */
async function takeUser(
  { directory, runtime }: Gateway,
  facts: LinkFacts,
  user: UsableUser,
): Promise<StoredDocument | "lost" | "duplicate"> {
  const set = { customer_v2_id: facts.customer.id, updated_at: isoTime(runtime.now()) };
  // With a valid e-mail the published default password would open the account: it goes as well.
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
  { directory, rules, runtime }: Gateway,
  customer: Customer,
  userId: string,
): Promise<Customer | "lost" | "duplicate"> {
  const change = { set: { user_id: userId, updated_at: isoTime(runtime.now()) } };
  const outcome = await directory.changeCustomer(customer.document, CUSTOMER_GUARDS, change);
  if (outcome !== "applied") return outcome;
  return readCustomer(withChange(customer.document, change), rules.phone) ?? "lost";
}

const isoTime = (now: number): string => new Date(now).toISOString();

/** The placeholder e-mails that nobody else was seen to hold; a unique index may still refuse. */
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

/** LINKING step 12: a token is made only from documents that pass step 3 as they now stand. */
function settled(
  { rules }: Gateway,
  facts: LinkFacts,
  customer: Customer,
  document: StoredDocument,
  progress: Progress,
): Step {
  const others = facts.users.filter((user) => user.document.key !== document.key);
  const users = [...others, readUser(document, rules.phone)];
  const customers = facts.customers.map((other) => (other === facts.customer ? customer : other));
  const user = linkedUser({ ...facts, customer, customers, users });
  if (user === null || !isUsable(user)) return { kind: "lost", progress };
  return { kind: "linked", customer, user, progress };
}

function conflict(
  { customer, users }: LinkFacts,
  because: ConflictEvidence["because"],
  progress: Progress,
): Step {
  const evidence = { because, customerId: customer.id, userIds: users.map(({ id }) => id) };
  return { kind: "refused", failure: { reason: "link-conflict", evidence }, progress };
}
