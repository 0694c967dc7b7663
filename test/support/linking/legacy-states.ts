import { createHash } from "node:crypto";
import fc from "fast-check";
import type { RawDocument } from "../../contract/directory/directory-instance.ts";

/** All documents of the legacy collections, in relaxed Extended JSON, each with its `_id`. */
export interface LegacyState {
  readonly customers_v2: readonly RawDocument[];
  readonly users: readonly RawDocument[];
}

export interface StateOptions {
  /** Epoch ms at which the logins happen: it decides who is young. */
  readonly now: number;
  /** A world with the unique indexes of LEGACY 1, which some states cannot exist in. */
  readonly unique?: boolean;
}

const NATIONALS = ["9876500001", "9876500002", "9876500003"] as const;
const CUSTOMER_IDS = ["c-1", "c-2", "c-3", "c-4"] as const;
/** What a client may have sent as `id`: the name of a prototype, a phone, an e-mail, a users `_id`. */
const ODD_IDS = ["__proto__", "a b", "x@y.in", NATIONALS[0], hexId("users", 1), "u-1"] as const;
const MAX_USERS = 5;
const MINUTE = 60_000;
const HASH = "$2b$12$C6UzMDM.H6dfI/f/IKcEeO7ZbQ0m0b6xYk7o4m3mJ5y4v7mQw1x2S";

/** Random states of LEGACY 2: documents of every kind, and then ties of every kind between them. */
export function legacyStates(options: StateOptions): fc.Arbitrary<LegacyState> {
  const base = fc.record({
    customers: fc.array(customerFields, { minLength: 1, maxLength: CUSTOMER_IDS.length }),
    users: fc.array(userFields(options.now), { maxLength: MAX_USERS }),
    ties: fc.array(fc.record({ tie, customer: fc.nat(3), user: fc.nat(4) }), { maxLength: 5 }),
  });
  return base.map(({ customers, users, ties }) => {
    const state = {
      customers_v2: customers.map((fields, index) => ({
        _id: { $oid: hexId("customers_v2", index) },
        ...present({ id: CUSTOMER_IDS[index], ...fields }),
      })),
      users: users.map((fields, index) => ({
        _id: { $oid: hexId("users", index) },
        ...present({ id: `u-${index}`, ...fields }),
      })),
    };
    for (const { customer, tie: kind, user } of ties) applyTie(state, kind, customer, user);
    return options.unique ? uniquelyIndexed(state) : state;
  });
}

/** What U* and O* of LINKING are, worked out apart from `src/core/linking/made-user.ts`. */
export function madeFor(customerId: string): {
  readonly userId: string;
  readonly objectId: string;
} {
  const namespace = Buffer.from("6f7c3d1e5b0a4c629d2ed0035e9a11b7", "hex");
  const sha1 = createHash("sha1").update(namespace).update(customerId, "utf8").digest();
  const hex = sha1.toString("hex");
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  const sha256 = createHash("sha256").update(`doorstep/user/${customerId}`, "utf8").digest("hex");
  return {
    userId: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`,
    objectId: sha256.slice(0, 24),
  };
}

export function hexId(collection: keyof LegacyState, index: number): string {
  return `65a1b2c3d4e5f6${collection === "users" ? "01" : "02"}0000000${index}`;
}

const MISSING = Symbol("missing");

/** One of the values, as often as its weight says; `MISSING` leaves the field out. */
function weighted(...entries: readonly (readonly [number, unknown])[]): fc.Arbitrary<unknown> {
  const [first = { arbitrary: fc.constant(null), weight: 1 }, ...others] = entries.map(
    ([weight, value]) => ({ arbitrary: fc.constant(value), weight }),
  );
  return fc.oneof(first, ...others);
}

const present = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== MISSING));

/** The spellings of LEGACY 3. */
const spelled = (national: string): unknown[] => [
  national,
  `+91${national}`,
  `91${national}`,
  `0${national}`,
  `+91 ${national.slice(0, 5)} ${national.slice(5)}`,
  `+91 ${national.slice(0, 5)}-${national.slice(5)}`,
  `${national}.0`,
  Number(national),
];

/** The first phone is the likeliest, so that households and shared phones are common. */
const phone = fc
  .tuple(fc.oneof(...[0, 0, 0, 1, 1, 2].map((n) => fc.constant(NATIONALS[n] ?? ""))), fc.nat(7))
  .map(([national, spelling]) => spelled(national)[spelling]);

const name = weighted(
  [6, "Asha Rao"],
  [3, "Rao, Ravi"],
  [2, "Meena Iyer"],
  [1, "Mr. A. Shri"],
  [1, "Asha Kumar"],
  [1, "The Rao family, Flat 12"],
  [1, "Kumar Ravi"],
  [1, "आशा राव"],
  [1, ""],
);

const customerFields = fc.record({
  name,
  phone: fc.oneof(
    { weight: 12, arbitrary: phone },
    { weight: 1, arbitrary: weighted([1, "call"]) },
  ),
  address: fc.constant("12 MG Road"),
  area: fc.constant("AREA_001"),
  status: weighted(
    [6, "active"],
    [2, "trial"],
    [2, "paused"],
    [2, MISSING],
    [1, "stopped"],
    [1, null],
    [1, "gone"],
  ),
  user_id: weighted(
    [10, MISSING],
    [4, null],
    [1, ""],
    [1, "u-gone"],
    [1, "u-0"],
    [1, "c-1"],
    [1, hexId("users", 0)],
    [1, hexId("users", 9)],
    [1, 7],
    [1, { $gt: "" }],
  ),
});

/** `doorstep_customer_id`: our own mark, and that of a person who parted two records. */
const mark = weighted(
  [24, MISSING],
  [1, null],
  [1, ""],
  [2, "c-1"],
  [1, "c-2"],
  [1, "c-gone"],
  [1, "!c-1"],
  [1, "!c-2"],
  [1, "!"],
  [1, 7],
);

const customerLink = weighted(
  [12, MISSING],
  [4, null],
  [1, ""],
  [2, "c-gone"],
  [1, "c-1"],
  [1, "c-2"],
  [1, 7],
  [1, ["c-1"]],
);

const email = weighted(
  [8, "real@example.com"],
  [3, `${NATIONALS[0]}@customer.earlybird.com`],
  [1, `91${NATIONALS[0]}@customer.earlybird.com`],
  [1, `${NATIONALS[1]}0@customer.earlybird.com`],
  [2, "customer-c-1@earlybird.local"],
  [1, "customer-c-2@customer.earlybird.com"],
  [1, "customer-c-gone@earlybird.local"],
  [1, "customer-u-0@customer.earlybird.com"],
  [1, "asha@earlybird.invalid"],
  [1, "asha@localhost"],
  [1, null],
  [1, MISSING],
);

const userFields = (now: number) =>
  fc.record({
    email,
    name,
    phone: fc.oneof(
      { weight: 6, arbitrary: phone },
      { weight: 4, arbitrary: weighted([2, MISSING], [2, null], [1, ""], [1, "call"]) },
    ),
    role: weighted(
      [14, "customer"],
      [2, "delivery_boy"],
      [2, "admin"],
      [1, "Customer"],
      [1, MISSING],
    ),
    is_active: weighted([8, true], [4, MISSING], [2, false]),
    customer_v2_id: customerLink,
    doorstep_customer_id: mark,
    password: weighted([3, MISSING], [1, HASH]),
    password_hash: weighted([1, MISSING], [2, HASH]),
    created_at: createdAt(now),
  });

const createdAt = (now: number): fc.Arbitrary<unknown> => {
  const at = (age: number) => new Date(now - age).toISOString();
  return weighted(
    [6, "2024-03-01T10:00:00.123456"],
    [2, at(MINUTE).replace("Z", "")],
    [1, at(MINUTE)],
    [1, { $date: at(9 * MINUTE) }],
    [1, at(10 * MINUTE)],
    [1, at(10 * MINUTE - 1)],
    [1, "2024-03-01"],
    [1, "2024-03-01T10:00:00+05:30"],
    [1, at(-5 * 60 * MINUTE).replace("Z", "")],
    [1, "2036-03-01T10:00:00"],
    [1, "yesterday"],
    [1, null],
    [1, MISSING],
  );
};

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
  "backfill",
] as const;
type Tie = (typeof TIES)[number];
const tie: fc.Arbitrary<Tie> = fc.constantFrom(...TIES);

interface Drafts {
  readonly customers_v2: Record<string, unknown>[];
  readonly users: Record<string, unknown>[];
}

/** Ties a user to a customer in one of the ways of LEGACY 1, or spoils one of them. */
function applyTie({ customers_v2, users }: Drafts, kind: Tie, c: number, u: number): void {
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
  if (kind !== "backfill") return;
  user.phone = customer.phone;
  customer.user_id = (user._id as { $oid?: string }).$oid ?? "gone";
}

const oid = (hex: string) => ({ $oid: hex });

/** The state without what unique, non-sparse indexes on e-mail and `user_id` would have refused. */
function uniquelyIndexed({ customers_v2, users }: Drafts): LegacyState {
  const distinct = (field: string, substitute: (index: number) => string) => {
    const seen = new Set<string>();
    return (document: Record<string, unknown>, index: number): RawDocument => {
      const value = JSON.stringify(document[field] ?? null);
      if (!seen.has(value)) {
        seen.add(value);
        return document;
      }
      return { ...document, [field]: substitute(index) };
    };
  };
  return {
    customers_v2: customers_v2.map(distinct("user_id", (index) => `gone-${index}`)),
    users: users.map(distinct("email", (index) => `other-${index}@example.com`)),
  };
}
