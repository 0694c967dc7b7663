import { describe, expect, it } from "vitest";
import {
  type LegacyWrite,
  patchCustomer,
  patchUser,
  wipeUsers,
} from "../../../model/legacy-writers.ts";
import { customer, ONE_CUSTOMER, PHONE, user } from "../../../model/scenarios.ts";
import { logIn, makeWorld, type Outcome, type World } from "../../../model/world.ts";
import { type LegacyState, madeFor } from "../../../support/linking/legacy-ids.ts";
import { type Flow, Killed, life, play } from "../../../support/stores/fault-directory.ts";
import { makeMemoryDirectory } from "../../../support/stores/memory-directory.ts";

const ASHA = { customerId: "c-1", phone: PHONE };
const U_STAR = madeFor("c-1").userId;
/** R1, R2, R3 and the write that takes the user. */
const UNTIL_TAKEN = [0, 0, 0, 0];
const RESERVED = {
  customers_v2: [customer(1)],
  users: [user(1, { phone: PHONE, email: "asha@earlybird.invalid", customer_v2_id: "c-gone" })],
};

const login =
  (world: World): Flow<Outcome> =>
  ({ wrap }) =>
    logIn(world, ASHA, wrap(world.directory));

const writer =
  (world: World, ...writes: readonly LegacyWrite[]): Flow<Outcome | null> =>
  async ({ take }) => {
    for (const write of writes) {
      await take();
      await write(world.instance);
    }
    return null;
  };

/** The state after logins (flow 0, and 1 where it is wanted) and legacy writes, the last flow. */
async function raced(
  state: LegacyState,
  schedule: readonly number[],
  writes: readonly LegacyWrite[],
  logins = 1,
) {
  const world = await makeWorld(makeMemoryDirectory, state, { disturbed: true });
  const flows = [...Array.from({ length: logins }, () => login(world)), writer(world, ...writes)];
  const { results } = await play<Outcome | null>(flows, schedule);
  const outcomes = results.map((result) => (result.status === "fulfilled" ? result.value : null));
  const { customers_v2, users } = await world.documents();
  expect(world.faults).toEqual([]);
  return { outcomes, customer: customers_v2[0], user: users[0], users };
}

const RENAMED = patchCustomer("c-1", { name: "Meena Iyer" });

describe("a user whom a login took and then does not use", () => {
  it("a user that a login took and does not use is given back with link, e-mail and password, as if it had not been touched", async () => {
    const { outcomes, user: given, users } = await raced(RESERVED, [...UNTIL_TAKEN, 1], [RENAMED]);
    expect(outcomes[0]).toMatchObject({ outcome: "token", sub: U_STAR });
    expect(given).toEqual(RESERVED.users[0]);
    expect(users).toHaveLength(2);
  });

  it("a user that a login took and does not use is given back where the login is refused", async () => {
    const stop = patchCustomer("c-1", { status: "stopped" });
    const { outcomes, user: given } = await raced(RESERVED, [...UNTIL_TAKEN, 1], [stop]);
    expect(outcomes[0]).toEqual({ outcome: "customer-stopped" });
    expect(given).toMatchObject({ email: "asha@earlybird.invalid", customer_v2_id: "c-gone" });
  });

  it("a user that a login took and does not use is no evidence for the login that took it", async () => {
    // Without its own takeover the login sees a pointer to u-2 alone; with it, two users for one customer.
    const imported = user(2, { email: `${PHONE}@customer.earlybird.com` });
    const state = { ...RESERVED, users: [...RESERVED.users, imported] };
    const pointed = patchCustomer("c-1", { user_id: "u-2" });
    const { outcomes, user: given } = await raced(state, [...UNTIL_TAKEN, 1], [pointed]);
    expect(outcomes[0]).toMatchObject({ outcome: "token", sub: "u-2" });
    expect(given).toMatchObject({ customer_v2_id: "c-gone" });
  });

  it("a user that a login took and does not use keeps what others wrote into it meanwhile", async () => {
    const phoneless = patchUser("u-1", { phone: null, notes: "calls at noon" });
    const { outcomes, user: given } = await raced(
      RESERVED,
      [...UNTIL_TAKEN, 1, 1],
      [RENAMED, phoneless],
    );
    expect(outcomes[0]).toMatchObject({ outcome: "token", sub: U_STAR });
    expect(given).toMatchObject({ customer_v2_id: "c-gone", phone: null, notes: "calls at noon" });
  });

  it("a user that a login took and does not use is not taken again from a migration that wiped it", async () => {
    const { outcomes, user: given } = await raced(
      RESERVED,
      [...UNTIL_TAKEN, 1, 1],
      [RENAMED, wipeUsers],
    );
    expect(outcomes[0]).toMatchObject({ outcome: "token", sub: U_STAR });
    expect(given).toMatchObject({ customer_v2_id: null });
  });

  it("a user that a login took and does not use stays taken where another login of the customer relies on it", async () => {
    const state = ONE_CUSTOMER["a user on the phone"] as LegacyState;
    // The other login finds u-1 named by customer_v2_id and writes it; only then the first, for
    // whom the names no longer share a word, would give it back.
    const schedule = [...UNTIL_TAKEN, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1];
    const { outcomes, user: kept } = await raced(state, schedule, [RENAMED], 2);
    expect(kept).toMatchObject({ id: "u-1", customer_v2_id: "c-1" });
    const tokens = outcomes.slice(0, 2);
    expect(new Set(tokens.map((outcome) => outcome?.sub)).size).toBe(1);
  });

  it("a user that a login took and does not use is a first login where the taking completed the link, although the login lost a race then", async () => {
    const state = ONE_CUSTOMER["a pointer to the user"] as LegacyState;
    const noted = patchCustomer("c-1", { name: "Asha R. Rao" });
    const { outcomes } = await raced(state, [...UNTIL_TAKEN, 1], [noted]);
    expect(outcomes[0]).toEqual({ outcome: "token", sub: "u-1", wrote: true });
  });

  it("a user that a login took and does not use stays taken where the customer pointed at it: the taking completed the link", async () => {
    const state = ONE_CUSTOMER["a pointer to the user"] as LegacyState;
    const stop = patchCustomer("c-1", { status: "stopped" });
    const { outcomes, user: kept } = await raced(state, [...UNTIL_TAKEN, 1], [stop]);
    expect(outcomes[0]).toEqual({ outcome: "customer-stopped" });
    expect(kept).toMatchObject({ customer_v2_id: "c-1" });
  });

  it("a user that a login took and does not use is used by the next login where the one that took it died", async () => {
    const world = await makeWorld(makeMemoryDirectory, RESERVED);
    const dying = life({ call: 4, when: "after" }).wrap(world.directory);
    await expect(logIn(world, ASHA, dying)).rejects.toBeInstanceOf(Killed);
    expect((await world.documents()).users[0]).toMatchObject({ customer_v2_id: "c-1" });
    expect(await logIn(world, ASHA)).toEqual({ outcome: "token", sub: "u-1", wrote: true });
  });
});
