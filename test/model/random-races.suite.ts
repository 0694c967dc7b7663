import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MakeDirectory } from "../contract/directory/directory-instance.ts";
import type { LegacyState } from "../support/linking/legacy-ids.ts";
import { legacyStates } from "../support/linking/legacy-states.ts";
import { type Death, type Flow, play } from "../support/stores/fault-directory.ts";
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
import { type Deaths, runRace } from "./races.ts";
import { ONE_CUSTOMER, OTHER_PHONE, PHONE } from "./scenarios.ts";
import { logIn, makeWorld, NOW, type Outcome, peopleOf, runs, TIMEOUT_MS } from "./world.ts";

const LOGINS = 3;
const schedules = fc.array(fc.nat(LOGINS + 1), { maxLength: 40 });
const people = fc.array(fc.nat(20), { minLength: 2, maxLength: LOGINS });

const death: fc.Arbitrary<Death> = fc.record({
  call: fc.integer({ min: 1, max: 9 }),
  when: fc.constantFrom("before", "after"),
});
const deaths: fc.Arbitrary<Deaths> = fc.dictionary(
  fc.constantFrom(...Array.from({ length: LOGINS }, (_, index) => String(index))),
  death,
);

const write: fc.Arbitrary<readonly LegacyWrite[]> = fc.oneof(
  fc.constantFrom([wipeUsers], [wipeCustomers], [wipeCustomers, wipeUsers], [backfill]),
  fc.constant(createCustomer("c-9", PHONE, NOW)),
  fc
    .tuple(
      fc.constantFrom("c-1", "c-2", "c-3"),
      fc.constantFrom<object>(
        { phone: OTHER_PHONE },
        { phone: PHONE },
        { status: "stopped" },
        { status: "active" },
        { user_id: "u-0" },
        { user_id: "u-1" },
        { user_id: null },
        { user_id: "u-gone" },
        { name: "Meena Iyer" },
      ),
    )
    .map(([id, fields]) => [patchCustomer(id, fields)]),
  fc
    .tuple(
      fc.constantFrom("u-0", "u-1", "u-2"),
      fc.constantFrom<object>(
        { role: "admin" },
        { is_active: false },
        { phone: OTHER_PHONE },
        { email: "new@example.com" },
        { customer_v2_id: "c-2" },
      ),
    )
    .map(([id, fields]) => [patchUser(id, fields)]),
  fc.constantFrom("u-0", "u-1", "u-2").map((id) => [deleteUser(id)]),
);
const writers = fc.array(write, { minLength: 1, maxLength: 3 }).map((all) => [all.flat()]);

/** Two or three logins at once over random states, in random order, dying at random calls. */
export function randomRacesSuite(name: string, make: MakeDirectory, numRuns: number): void {
  describe(`${name}: random races`, () => {
    for (const unique of [false, true]) {
      it(
        `random logins give each customer one user, ${unique ? "with" : "without"} unique indexes`,
        () =>
          fc.assert(
            fc.asyncProperty(
              legacyStates({ now: NOW, unique }),
              people,
              schedules,
              deaths,
              async (state, chosen, schedule, dying) => {
                const all = peopleOf(state);
                const logins = chosen.flatMap((n) => all[n % Math.max(1, all.length)] ?? []);
                await runRace(make, { state, logins, unique }, schedule, dying);
              },
            ),
            runs(numRuns),
          ),
        TIMEOUT_MS,
      );
    }
    it(
      "random races of logins and legacy writers leave nothing broken",
      () =>
        fc.assert(
          fc.asyncProperty(
            legacyStates({ now: NOW }),
            people,
            writers,
            schedules,
            deaths,
            async (state, chosen, writes, schedule, dying) => {
              const all = peopleOf(state);
              const logins = chosen.flatMap((n) => all[n % Math.max(1, all.length)] ?? []);
              await runRace(make, { state, logins, writers: writes }, schedule, dying);
            },
          ),
          runs(numRuns),
        ),
      TIMEOUT_MS,
    );
  });
  describe(`${name}: ${CROWD} logins of one customer at once`, () => {
    for (const what of ["no user yet", "a user on the phone with a reserved e-mail"]) {
      it(
        `logins of one customer at once all get one user, and none is turned away: ${what}`,
        async () => {
          const state = ONE_CUSTOMER[what];
          if (state === undefined) throw new Error("no such scenario");
          const order = fc.array(fc.nat(CROWD - 1), { minLength: 300, maxLength: 600 });
          const property = fc.asyncProperty(order, (schedule) =>
            expectCrowd(make, state, schedule),
          );
          await fc.assert(property, runs(numRuns / 50));
        },
        TIMEOUT_MS,
      );
    }
  });
}

const CROWD = 50;

async function expectCrowd(
  make: MakeDirectory,
  state: LegacyState,
  schedule: readonly number[],
): Promise<void> {
  const world = await makeWorld(make, state);
  const crowd = Array.from({ length: CROWD }, (): Flow<Outcome> => {
    return ({ wrap }) => logIn(world, { customerId: "c-1", phone: PHONE }, wrap(world.directory));
  });
  const { results } = await play(crowd, schedule);
  const outcomes = results.map((result) =>
    result.status === "fulfilled" ? `${result.value.outcome} ${result.value.sub}` : result.reason,
  );
  expect([...new Set(outcomes)]).toEqual([`token ${world.issued[0]?.userId}`]);
  expect(world.faults).toEqual([]);
  await world.instance.close();
}
