import fc from "fast-check";
import type { RawDocument } from "../../contract/directory/directory-instance.ts";
import { CUSTOMER_IDS, hexId, type LegacyState, NATIONALS } from "./legacy-ids.ts";
import { applyTie, type Drafts, tie } from "./legacy-ties.ts";

export interface StateOptions {
  /** Epoch ms at which the logins happen: it decides who is young. */
  readonly now: number;
  /** A world with the unique indexes of LEGACY 1, which some states cannot exist in. */
  readonly unique?: boolean;
}

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
