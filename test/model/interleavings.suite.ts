import { describe, expect, it } from "vitest";
import type { MakeDirectory } from "../contract/directory/directory-instance.ts";
import { type LegacyState, madeFor } from "../support/linking/legacy-ids.ts";
import {
  backfill,
  createCustomer,
  deleteUser,
  type LegacyWrite,
  patchCustomer,
  patchUser,
  wipeCustomers,
  wipeUsers,
} from "./legacy-writers.ts";
import { everyRace } from "./races.ts";
import { customer, ONE_CUSTOMER, OTHER_PHONE, PHONE, TWO_CUSTOMERS, user } from "./scenarios.ts";
import { NOW, type Person, TIMEOUT_MS } from "./world.ts";

const FIRST: Person = { customerId: "c-1", phone: PHONE };
const phoneOf = (name: string): string =>
  TWO_CUSTOMERS[name]?.customers_v2[1]?.phone === OTHER_PHONE ? OTHER_PHONE : PHONE;

export const WRITERS: Readonly<Record<string, readonly LegacyWrite[]>> = {
  "a migration that wipes the users' links": [wipeUsers],
  "a migration that wipes the customers' links": [wipeCustomers],
  "both migrations": [wipeUsers, wipeCustomers],
  "the backfill": [backfill],
  "both migrations and the backfill": [wipeCustomers, wipeUsers, backfill],
  "a new phone for the customer": [patchCustomer("c-1", { phone: OTHER_PHONE })],
  "another name for the customer": [patchCustomer("c-1", { name: "Meena Iyer" })],
  "a stop of the customer": [patchCustomer("c-1", { status: "stopped" })],
  "a stop of the customer, taken back": [
    patchCustomer("c-1", { status: "stopped" }),
    patchCustomer("c-1", { status: "active" }),
  ],
  "another user_id for the customer": [patchCustomer("c-1", { user_id: "u-2" })],
  "a user_id to nobody, and none": [
    patchCustomer("c-1", { user_id: "u-gone" }),
    patchCustomer("c-1", { user_id: null }),
  ],
  "the user becomes staff": [patchUser("u-1", { role: "admin" })],
  "the user is made inactive": [patchUser("u-1", { is_active: false })],
  "the made user becomes staff": [patchUser(madeFor("c-1").userId, { role: "admin" })],
  "an admin deletes the user": [deleteUser("u-1")],
  "a new customer on the phone": createCustomer("c-9", PHONE, NOW),
};

/** Every interleaving of small races, and those with few switches of bigger ones. */
export function interleavingsSuite(name: string, make: MakeDirectory, maxRuns: number): void {
  describe(`${name}: two logins of one customer`, () => {
    for (const [what, state] of Object.entries(ONE_CUSTOMER)) {
      it(
        `two logins of one customer end with one user: ${what}`,
        async () => {
          const race = { state, logins: [FIRST, FIRST] };
          expect((await everyRace(make, race, boundsFor(what, maxRuns))).complete).toBe(true);
        },
        TIMEOUT_MS,
      );
    }
  });
  describe(`${name}: logins of two customers`, () => {
    for (const [what, state] of Object.entries(TWO_CUSTOMERS)) {
      it(
        `logins of two customers share no user: ${what}`,
        async () => {
          const second = { customerId: "c-2", phone: phoneOf(what) };
          const race = { state, logins: [FIRST, second] };
          expect((await everyRace(make, race, boundsFor(what, maxRuns))).complete).toBe(true);
        },
        TIMEOUT_MS,
      );
    }
  });
  describe(`${name}: a login against legacy writers`, () => {
    for (const [what, writes] of Object.entries(WRITERS)) {
      it(
        `a login against legacy writers leaves nothing broken: ${what}`,
        async () => {
          for (const state of Object.values(ONE_CUSTOMER)) {
            const race = { state, logins: [FIRST], writers: [writes] };
            const bounds = { maxRuns, maxSwitches: 4 };
            expect((await everyRace(make, race, bounds)).complete).toBe(true);
          }
        },
        TIMEOUT_MS,
      );
    }
  });
  describe(`${name}: two logins against a legacy writer`, () => {
    for (const [what, writes] of Object.entries(WRITERS)) {
      it(
        `two logins against a legacy writer undo no link that a token was given for: ${what}`,
        async () => {
          const deep = DEEP[what];
          const state = ONE_CUSTOMER[deep ?? "a user on the phone"];
          if (state === undefined) throw new Error("no such scenario");
          const race = { state, logins: [FIRST, FIRST], writers: [writes] };
          const bounds = { maxRuns, maxSwitches: deep === undefined ? 2 : 3 };
          expect((await everyRace(make, race, bounds)).complete).toBe(true);
        },
        TIMEOUT_MS,
      );
    }
  });
  describe(`${name}: logins of two customers, between whom a user changes hands`, () => {
    for (const [what, { state, writes }] of Object.entries(MOVES)) {
      it(
        `logins of two customers for one user leave it with one of them: ${what}`,
        async () => {
          const logins = [FIRST, { customerId: "c-2", phone: PHONE }];
          const race = { state, logins, writers: [writes] };
          const bounds = { maxRuns, maxSwitches: 2 };
          expect((await everyRace(make, race, bounds)).complete).toBe(true);
        },
        TIMEOUT_MS,
      );
    }
  });
}

/** Played in every order there is: each way to find a user, and to find none. */
const EXHAUSTIVE = [
  "no user yet",
  "an imported pair",
  "a pointer to the user",
  "a user on the phone with a reserved e-mail",
  "one phone, no users",
  "one phone, one user on it",
];
const boundsFor = (what: string, maxRuns: number) =>
  EXHAUSTIVE.includes(what) ? { maxRuns } : { maxRuns, maxSwitches: 3 };

/** What makes the user one customer's and then the other's, while both log in. */
const MOVES: Readonly<
  Record<string, { readonly state: LegacyState; readonly writes: readonly LegacyWrite[] }>
> = {
  "the pointer moves": {
    state: { customers_v2: [customer(1, { user_id: "u-1" }), customer(2)], users: [user(1)] },
    writes: [patchCustomer("c-1", { user_id: null }), patchCustomer("c-2", { user_id: "u-1" })],
  },
  "the phone moves": {
    state: {
      customers_v2: [customer(1), customer(2, { phone: OTHER_PHONE })],
      users: [user(1, { phone: PHONE })],
    },
    writes: [patchCustomer("c-1", { phone: "9876500003" }), patchCustomer("c-2", { phone: PHONE })],
  },
};

/**
 * Where a login gives back what it took while another one relies on it, or takes another's
 * document for its own: three switches do it.
 */
const DEEP: Readonly<Record<string, string>> = {
  "another name for the customer": "a user on the phone",
  "a stop of the customer, taken back": "a pointer to the user",
  "the made user becomes staff": "no user yet",
};
