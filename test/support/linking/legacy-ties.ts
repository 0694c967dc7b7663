import fc from "fast-check";
import { CUSTOMER_IDS, madeFor, NATIONALS, ODD_IDS } from "./legacy-ids.ts";

const TIES = [
  "both",
  "both",
  "user-side",
  "customer-side",
  "hex",
  "hex-both",
  "import",
  "email",
  "made",
  "made-wiped",
  "made-halfway",
  "interrupted",
  "phone",
  "phone",
  "twin-user",
  "twin-customer",
  "odd-customer",
  "number-id",
  "no-id",
  "text-key",
  "marked",
  "marked-wiped",
  "marked-moved",
  "marked-old-phone",
  "parted",
  "parted-linked",
  "planted-pointer",
  "planted-id",
  "planted-link",
  "witness",
  "rewritten-phone",
  "backfill",
] as const;
export type Tie = (typeof TIES)[number];
export const tie: fc.Arbitrary<Tie> = fc.constantFrom(...TIES);

export interface Drafts {
  readonly customers_v2: Record<string, unknown>[];
  readonly users: Record<string, unknown>[];
}

/** Ties a user to a customer in one of the ways of LEGACY 1, or spoils one of them. */
export function applyTie({ customers_v2, users }: Drafts, kind: Tie, c: number, u: number): void {
  const customer = customers_v2[c % customers_v2.length];
  const user = users[u % Math.max(1, users.length)];
  if (customer === undefined) return;
  const id = String(customer.id);
  const made = madeFor(id);
  if (kind === "interrupted") customer.user_id = made.userId;
  if (kind === "twin-customer") customer.id = customers_v2[(c + 1) % customers_v2.length]?.id;
  if (kind === "odd-customer") customer.id = ODD_IDS[u % ODD_IDS.length];
  if (user === undefined) return;
  if (kind === "email") user.email = `customer-${id}@earlybird.local`;
  if (kind === "phone") Object.assign(user, { phone: customer.phone, name: customer.name });
  if (kind === "import") user.id = customer.id;
  const free = users.every(({ _id }) => JSON.stringify(_id) !== JSON.stringify(oid(made.objectId)));
  if (kind.startsWith("made") && free) {
    const byUs = { _id: oid(made.objectId), id: made.userId, created_by: "doorstep" };
    Object.assign(user, byUs, { customer_v2_id: null, role: "customer" });
    if (kind !== "made-wiped") customer.user_id = made.userId;
  }
  const both = kind === "both" || kind === "made" || kind === "hex-both";
  if (both || kind === "user-side") user.customer_v2_id = customer.id;
  if (both || kind === "customer-side") customer.user_id = user.id;
  if (kind.startsWith("hex")) customer.user_id = (user._id as { $oid?: string }).$oid ?? "gone";
  applyMark(kind, customer, user);
  applyPlanted(kind, customer, user);
  // We never part a user from the customer that we made it for.
  const isMade = user.id === made.userId || JSON.stringify(user._id).includes(made.objectId);
  if (isMade && user.doorstep_customer_id === `!${id}`) user.doorstep_customer_id = id;
  // Who takes its id from a user that we made hides from everybody whom that one was made for.
  if (user.created_by !== undefined) return;
  if (kind === "twin-user") user.id = users[(u + 1) % users.length]?.id;
  if (kind === "number-id") user.id = 7;
  if (kind === "no-id") user.id = u % 2 === 0 ? null : "";
  if (kind === "text-key") user._id = `key-${u}`;
}

type Draft = Record<string, unknown>;

/** What our own logins leave, and `doorstep unlink`, and what the legacy backend makes of it. */
function applyMark(kind: Tie, customer: Draft, user: Draft): void {
  if (kind.startsWith("marked")) {
    Object.assign(user, { doorstep_customer_id: customer.id, role: "customer" });
    Object.assign(user, { customer_v2_id: customer.id });
    customer.user_id = user.id;
  }
  if (kind === "marked-wiped") Object.assign(user, { customer_v2_id: null });
  if (kind === "marked-wiped") customer.user_id = null;
  if (kind === "marked-moved") user.customer_v2_id = CUSTOMER_IDS[1];
  if (kind === "marked-old-phone") user.phone = NATIONALS[2];
  if (kind.startsWith("parted")) user.doorstep_customer_id = `!${String(customer.id)}`;
  if (kind === "parted-linked") {
    Object.assign(user, { customer_v2_id: customer.id, phone: customer.phone });
    customer.user_id = user.id;
  }
}

/** What any token could write into customers_v2 before the cut-over, and what bears witness. */
function applyPlanted(kind: Tie, customer: Draft, user: Draft): void {
  const digits = String(customer.phone).replace(/\.0$/, "0").replace(/\D/g, "");
  if (kind.startsWith("planted") || kind === "witness") {
    Object.assign(user, { phone: null, role: "customer" });
    customer.name = user.name;
  }
  if (kind === "planted-pointer" || kind === "witness") customer.user_id = user.id;
  if (kind === "planted-id") customer.id = user.id;
  if (kind === "planted-link") Object.assign(customer, { id: "c-gone", user_id: user.id });
  if (kind === "witness") user.email = `${digits}@customer.earlybird.com`;
  if (kind === "rewritten-phone") {
    const email = `${NATIONALS[2]}@customer.earlybird.com`;
    Object.assign(user, { phone: null, role: "customer", email, customer_v2_id: customer.id });
    customer.user_id = user.id;
  }
  if (kind !== "backfill") return;
  user.phone = customer.phone;
  customer.user_id = (user._id as { $oid?: string }).$oid ?? "gone";
}

const oid = (hex: string) => ({ $oid: hex });
