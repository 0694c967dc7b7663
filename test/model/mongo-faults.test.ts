import { describe, expect, it } from "vitest";
import type { LegacyState } from "../support/linking/legacy-ids.ts";
import { deathsOf } from "../support/stores/fault-directory.ts";
import { describeMongo } from "../support/stores/mongo-suite.ts";
import { WRITERS } from "./interleavings.suite.ts";
import { mongoSpaces } from "./mongo-spaces.ts";
import "./quick-digest.ts";
import { everyRace, runRace } from "./races.ts";
import { ONE_CUSTOMER, PHONE, TWO_CUSTOMERS } from "./scenarios.ts";
import { type Person, peopleOf, TIMEOUT_MS } from "./world.ts";

/** What the suites prove in memory by the thousand; over the wire each race costs 50 ms and more. */
const FEW = { maxRuns: 200, maxSwitches: 1 };
const MORE = { maxRuns: 200, maxSwitches: 2 };
const MOST_CALLS = 8;

const SCENARIOS = Object.entries({ ...ONE_CUSTOMER, ...TWO_CUSTOMERS });
const FIRST: Person = { customerId: "c-1", phone: PHONE };

/** The other customer where there is one, else the same once more. */
const secondOf = (state: LegacyState): Person =>
  peopleOf(state).find(({ customerId }) => customerId === "c-2") ?? FIRST;

describeMongo("linking on MongoDB", (mongo) => {
  const make = mongoSpaces(mongo);

  describe("a login that dies at any call leaves nothing that the next ones do not mend", () => {
    for (const [what, state] of SCENARIOS) {
      it(
        what,
        async () => {
          let killed = 0;
          for (const death of deathsOf(MOST_CALLS)) {
            const logins = [FIRST, secondOf(state)];
            const { results } = await runRace(make, { state, logins }, [], { 0: death });
            if (results[0]?.status === "fulfilled") break;
            killed++;
          }
          expect(killed, "at least two look-ups, before and after each").toBeGreaterThanOrEqual(4);
        },
        TIMEOUT_MS,
      );
    }
  });

  describe("two logins at once", () => {
    for (const [what, state] of SCENARIOS) {
      it(
        what,
        async () => {
          const race = { state, logins: [FIRST, secondOf(state)] };
          expect((await everyRace(make, race, FEW)).complete).toBe(true);
        },
        TIMEOUT_MS,
      );
    }
  });

  describe("a login beside a legacy writer", () => {
    for (const [what, writes] of Object.entries(WRITERS)) {
      it(
        what,
        async () => {
          for (const scenario of ["a user on the phone", "a pointer to the user"]) {
            const state = ONE_CUSTOMER[scenario];
            if (state === undefined) throw new Error(`no scenario ${scenario}`);
            const race = { state, logins: [FIRST], writers: [writes] };
            expect((await everyRace(make, race, MORE)).complete).toBe(true);
          }
        },
        TIMEOUT_MS,
      );
    }
  });
});
